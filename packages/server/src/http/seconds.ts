/** Instants on the wire are whole seconds since the epoch, as in tokens (RFC 7519 §2). */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
