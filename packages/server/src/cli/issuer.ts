/** In a server's place where its address is not known: a command pasted as it stands must reach nobody. */
export const PLACEHOLDER = "https://YOUR-SERVER";

/**
 * Whether the issuer that a command has read is the server's. Where none is set, a server takes its own port for it, and
 * the shell of whoever administers it may know neither: another program may listen there.
 */
export function knowsIssuer(): boolean {
  return Boolean(process.env["COUNTERFOIL_ISSUER"]?.trim());
}
