/** The longest password, in code points: hashing is dear, so what is longer is refused before it (ASVS V6.2.9). */
export const MAX_PASSWORD_LENGTH = 256;

/** A password as it is hashed: NFKC, so that one typed on another keyboard is the same (NIST SP 800-63B §3.1.1.2). */
export type Password = string & { readonly __brand: "Password" };

/** `null` if it is longer than {@link MAX_PASSWORD_LENGTH}. Nothing is cut, folded or trimmed (ASVS V6.2.8). */
export function parsePassword(text: string): Password | null {
  // Normalising costs time in proportion, so a rough bound comes first. It is four UTF-16 units a code point, since so
  // many compose to one: else a password would be refused on a keyboard that types its accents apart.
  if (text.length > 4 * MAX_PASSWORD_LENGTH) return null;
  const password = text.normalize("NFKC");
  return Array.from(password).length > MAX_PASSWORD_LENGTH ? null : (password as Password);
}

/** A slow hash; the composition root passes the platform's. */
export interface PasswordHash {
  /** A PHC string with its parameters and salt, and before it what names a key that was hashed in. */
  hash(password: Password): Promise<string>;
  /**
   * `false` also for what no known scheme made.
   *
   * @throws CounterfoilError `unavailable` if it was made with a key that is not there: nothing follows about the password
   */
  verify(phc: string, password: Password): Promise<boolean>;
  /** Whether {@link PasswordHash.hash} would not make a stronger one. */
  isCurrent(phc: string): boolean;
}
