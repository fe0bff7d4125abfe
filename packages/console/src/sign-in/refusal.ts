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

function waitOf(seconds: number): string {
  if (seconds === 1) return "a second";
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

const WRONG_SIGN_IN = "That user name and password do not go together. Look at both and try again.";

/** Where the password alone was asked for. */
export const WRONG_PASSWORD = "That is not the password of this user.";
