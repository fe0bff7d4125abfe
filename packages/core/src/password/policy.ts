import { bare, builtFrom, wordsOf } from "./context-words.ts";
import type { Password } from "./password.ts";
import { MAX_PASSWORD_LENGTH, parsePassword } from "./password.ts";
import { isRepetition, isSequence } from "./pattern.ts";

/** What a new password must be. There is no rule about kinds of characters (NIST SP 800-63B §3.1.1.2; ASVS V6.2.5). */
export interface PasswordPolicy {
  /** In code points, as the password is hashed. */
  readonly minLength: number;
  /** The names of what it opens, which are the first that a guesser tries (ASVS V6.2.11). */
  readonly productNames: readonly string[];
  /** Whether many have chosen it, in whatever case. */
  readonly isCommon: (password: string) => boolean;
}

export type NewPassword =
  | { readonly outcome: "accepted"; readonly password: Password }
  /** The sentence says what is wrong and what would be right, and quotes nothing of the password. */
  | { readonly outcome: "refused"; readonly sentence: string };

/**
 * Whether somebody may choose this password. What is refused is what can be guessed whatever its length: what is
 * common, what is made of names that everybody knows, and what has a pattern. Nothing is cut, folded or trimmed of
 * what is accepted. In time proportional to the length.
 *
 * @param text as it was typed
 * @param username of whom it will sign in; `null` where there is none
 * @throws whatever `policy.isCommon` throws: a password that could not be compared is not accepted
 */
export function checkNewPassword(policy: PasswordPolicy, text: string, username: string | null): NewPassword {
  const password = parsePassword(text);
  if (password === null) return refused(`A password has at most ${MAX_PASSWORD_LENGTH} characters: shorten this one.`);
  const sentence = whatIsWrong(policy, password, username);
  return sentence === null ? { outcome: "accepted", password } : refused(sentence);
}

function whatIsWrong(
  { minLength, productNames, isCommon }: PasswordPolicy,
  password: Password,
  username: string | null,
): string | null {
  if (Array.from(password).length < minLength) {
    return `A password has at least ${minLength} characters: make this one longer, for instance with a few words more.`;
  }
  const userWords = username === null ? [] : wordsOf(username);
  const productWords = productNames.flatMap(wordsOf);
  const found = builtFrom(password, [...userWords, ...productWords], isCommon);
  if (userWords.some((word) => found.has(word))) {
    return "That password is made of the user name, which is the first that a guesser tries: choose one that has nothing to do with it.";
  }
  if (found.size > 0) {
    return "That password is made of the name of this service, which is the first that a guesser tries: choose one that has nothing to do with it.";
  }
  const points = Array.from(password.toLowerCase());
  const core = withoutPadding(points);
  const forms = [points, ...withoutSigns(points), ...(core !== null && core.length >= SHORTEST_PATTERN ? [core] : [])];
  if (forms.some((form) => isRepetition(form, minLength))) {
    return "That password repeats itself, and is as easy to guess as what it repeats: choose several words that differ.";
  }
  if (forms.some(isSequence)) {
    return "That password follows the rows of a keyboard, the alphabet or the digits: choose several words that have no order.";
  }
  if (isCommon(password)) {
    return "That password is among the most common ones, which are tried first: choose one that is your own, such as several words that do not belong together.";
  }
  if (core !== null && isCommon(core.join(""))) {
    return "That password is one of the most common ones with digits or signs around it, and those are tried too: choose several words that do not belong together.";
  }
  return null;
}

/** What people put around a word to reach a length is a date, a year or the digits, with a sign or two: not longer than this. */
const LONGEST_PADDING = 12;
const SHORTEST_CORE = 4;
/** In fewer characters, random ones can look like a pattern. */
const SHORTEST_PATTERN = 10;

/** The text from its first letter to its last, if what is around it is padding; `null` where there is none. */
function withoutPadding(points: readonly string[]): readonly string[] | null {
  const core = points.slice(points.findIndex(isLetter), points.findLastIndex(isLetter) + 1);
  const padding = points.length - core.length;
  return padding > 0 && padding <= LONGEST_PADDING && core.length >= SHORTEST_CORE ? core : null;
}

/** What is between the signs, where those are but one or two over and over; else they are part of what was made up. */
function withoutSigns(points: readonly string[]): readonly (readonly string[])[] {
  const letters = Array.from(bare(points.join("")));
  const signs = new Set(points.filter((point) => bare(point) === ""));
  return signs.size > 0 && signs.size <= 2 ? [letters] : [];
}

function isLetter(point: string): boolean {
  return /\p{L}/u.test(point);
}

function refused(sentence: string): NewPassword {
  return { outcome: "refused", sentence };
}
