import { parseRoles } from "@counterfoil/core";

/** @throws TypeError for what the caller should have refused */
export function checkedRoles(roles: readonly string[]): readonly string[] {
  const parsed = parseRoles(roles);
  if (parsed === null) throw new TypeError("roles are at most 64, each of 1 to 64 visible ASCII characters");
  return parsed;
}

/** Both in the order of {@link checkedRoles}. */
export function sameRoles(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((role, index) => role === right[index]);
}
