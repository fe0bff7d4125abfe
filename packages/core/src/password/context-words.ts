/** What has to be left of a password once the names that everybody knows are taken out of it. */
const LEAST_REMAINDER = 8;
/** Shorter parts of a name are in any text. */
const LEAST_PART = 3;

/** Letters and digits alone, without case and width: what is the same name to whoever guesses. */
export function bare(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFKC")
    .replaceAll(/[^\p{L}\p{M}\p{N}]/gu, "");
}

/** A name, what of it is before an `@`, and the words and numbers in both, as {@link bare} gives them. */
export function wordsOf(name: string): readonly string[] {
  const beforeAt = name.slice(0, Math.max(name.lastIndexOf("@"), 0));
  const parts = name.normalize("NFKC").match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? [];
  const whole = [name, beforeAt].map(bare);
  return [...whole, ...parts.map(bare).filter((part) => part.length >= LEAST_PART)].filter((word) => word !== "");
}

/** The words that a password is built from, if hardly more than them is in it; else none. */
export function builtFrom(
  password: string,
  words: readonly string[],
  isCommon: (password: string) => boolean,
): ReadonlySet<string> {
  const text = bare(password);
  const plain = without(text, words, (word) => word);
  if (plain.found.size > 0 && (isLittle(plain.rest) || isCommon(plain.rest))) return plain.found;
  // k4vy4 is kavya to every cracker.
  const spelled = without(spelling(text), words, spelling);
  return isLittle(spelled.rest) ? spelled.found : new Set();
}

/** The text without the words, the longest first, and which of them were in it. */
function without(text: string, words: readonly string[], fold: (word: string) => string) {
  const byForm = new Map(words.filter((word) => word.length <= text.length).map((word) => [fold(word), word]));
  const found = new Set<string>();
  if (byForm.size === 0) return { found, rest: text };
  const forms = [...byForm.keys()].toSorted((one, other) => other.length - one.length);
  // Nothing but letters and digits is in a form, so none has a meaning in the expression.
  const rest = text.replaceAll(new RegExp(forms.join("|"), "gu"), (form) => {
    found.add(byForm.get(form)!);
    return "";
  });
  return { found, rest };
}

const SPELLED: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  l: "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
};

/** One form for letters and the digits that stand in for them. */
function spelling(text: string): string {
  return text.replaceAll(/[01l3457]/g, (character) => SPELLED[character]!);
}

/** Nothing, hardly anything, or no more than a date or a telephone number. */
function isLittle(text: string): boolean {
  return Array.from(text).length < LEAST_REMAINDER || /^\p{N}{0,10}$/u.test(text);
}
