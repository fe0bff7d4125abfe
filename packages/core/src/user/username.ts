import type { CanonicalUsername } from "./user.ts";
import { canonicalUsername } from "./user.ts";

export type NewUsername =
  | { readonly outcome: "accepted"; readonly username: string; readonly canonicalUsername: CanonicalUsername }
  | { readonly outcome: "refused"; readonly sentence: string };

const MAX_LENGTH = 256;

/** Control characters, half surrogate pairs, separators of lines, and what nobody sees: two names would look alike. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Whether a text may be a new user's name. Only new names are held against it: who has one signs in by it. A name in
 * the form of a subject could be taken for another user by whoever administers them.
 */
export function checkNewUsername(text: string): NewUsername {
  // Normalising costs time in proportion, so a rough bound comes first: some code points compose to one.
  if (text.length > 4 * MAX_LENGTH) return refused(TOO_LONG);
  const normal = text.normalize("NFKC");
  if (normal === "") return refused("A user name has at least 1 character.");
  if (normal.length > MAX_LENGTH) return refused(TOO_LONG);
  if (UNSEEN.test(text) || UNSEEN.test(normal)) {
    return refused("A user name has no control characters and no invisible ones.");
  }
  if (normal.trim() !== normal) return refused("A user name neither begins nor ends with a space.");
  const canonical = canonicalUsername(text);
  if (canonical.startsWith("usr_")) return refused("A user name does not begin with usr_, as the subjects do.");
  return { outcome: "accepted", username: text, canonicalUsername: canonical };
}

const TOO_LONG = `A user name has at most ${MAX_LENGTH} characters.`;

function refused(sentence: string): NewUsername {
  return { outcome: "refused", sentence };
}
