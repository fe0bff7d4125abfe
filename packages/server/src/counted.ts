/** How many, in words for people: `1 user`, `2 users`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What became of sessions and signing keys, as half a sentence. */
export function endings(sessionsEnded: number, keysRevoked: number): string {
  return `${counted(sessionsEnded, "session")} ended, ${counted(keysRevoked, "signing key")} ${keysRevoked === 1 ? "was" : "were"} revoked`;
}
