/** How the user proved presence at a sign-in with nothing but a password (RFC 8176). */
export const PASSWORD_AMR: readonly string[] = ["pwd"];

const METHOD = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;

/** Methods of authentication, each once; `null` if one is not 1 to 64 visible ASCII characters, or for none or over 16. */
export function parseAmr(amr: unknown): readonly string[] | null {
  if (!Array.isArray(amr) || amr.length === 0 || amr.length > 16) return null;
  if (!amr.every((method): method is string => typeof method === "string" && METHOD.test(method))) return null;
  return [...new Set(amr)];
}
