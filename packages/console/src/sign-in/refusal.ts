import type { Refused } from "@counterfoil/client";
import { isOutOfReach } from "../api/answer.ts";

/**
 * What was wrong, and what to do about it.
 *
 * @param wrongCredentials what `invalid_credentials` means there: what was given differs
 */
export function refusalOf(refused: Refused, wrongCredentials: string = WRONG_SIGN_IN): string {
  const { code, error, retryAfterSeconds } = refused;
  const later = retryAfterSeconds === null ? "a little later" : `in ${waitOf(retryAfterSeconds)}`;
  if (code === "invalid_credentials") return wrongCredentials;
  if (code === "too_many_attempts") return `There were too many attempts. Try again ${later}.`;
  if (isOutOfReach(refused)) {
    return `The server is out of reach or busy. What you typed is kept: try again ${later}.`;
  }
  return error;
}

/** The same at the sign-in, where what was typed may say why. It says nothing of who there is. */
export function signInRefusal(refused: Refused, username: string, password: string): string {
  if (refused.code === "invalid_request" && password.length > MAX_PASSWORD_LENGTH) return TOO_LONG;
  return refusalOf(refused, username === username.trim() ? WRONG_SIGN_IN : `${WRONG_SIGN_IN} ${SPACES}`);
}

const MAX_PASSWORD_LENGTH = 256;
const TOO_LONG = `Passwords have at most ${MAX_PASSWORD_LENGTH} characters.`;
const SPACES = "Mind the space at an end of the user name: it counts.";

function waitOf(seconds: number): string {
  if (seconds === 1) return "a second";
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

const WRONG_SIGN_IN = "That user name and password do not go together. Look at both and try again.";

/** Where the password alone was asked for. */
export const WRONG_PASSWORD = "That is not the password of this user.";
