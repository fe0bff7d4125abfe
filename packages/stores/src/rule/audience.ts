/** Whether a session whose audience is `of`, `null` for all, may have a token for `wished`, `undefined` for its own. */
export function isFor(of: string | null, wished: string | undefined): boolean {
  return of === null || wished === undefined || of === wished;
}
