/**
 * What a session's methods become by a proof. Of two that presented the same session token both were true: no method of
 * the one is lost to the other.
 *
 * @param held what the session has
 * @param given what was proved; `undefined` for whatever the session has
 * @param moved whether another proof with the same session token came first
 * @returns `null` where they stay as they are
 */
export function provedAmr(
  held: readonly string[],
  given: readonly string[] | undefined,
  moved: boolean,
): readonly string[] | null {
  if (given === undefined) return null;
  if (!moved) return given;
  const added = given.filter((method) => !held.includes(method));
  return added.length === 0 ? null : [...held, ...added];
}
