/**
 * A fact of the revocation feed. Each is a set union, so that repeats and reordering are harmless, and as coarse as
 * its cause: one session, everything older of one user, everything under one key.
 */
export type Revocation =
  | { readonly type: "session-revoked"; readonly sid: string }
  | { readonly type: "claims-changed"; readonly sub: string; readonly claims_version: number }
  | { readonly type: "key-revoked"; readonly kid: string };

/** Whether `value`, which came from outside, is an entry that this version understands. */
export function isRevocation(value: unknown): value is Revocation {
  if (typeof value !== "object" || value === null) return false;
  const entry = value as Record<string, unknown>;
  switch (entry["type"]) {
    case "session-revoked":
      return typeof entry["sid"] === "string";
    case "claims-changed":
      return (
        typeof entry["sub"] === "string" &&
        Number.isSafeInteger(entry["claims_version"]) &&
        (entry["claims_version"] as number) >= 0
      );
    case "key-revoked":
      return typeof entry["kid"] === "string";
    default:
      return false;
  }
}
