import type { Refused } from "@counterfoil/client";

const OUT_OF_REACH: ReadonlySet<string> = new Set(["unavailable", "overloaded", "internal"]);

/** What was wrong, and what to do about it. */
export function refusalOf({ code, error, retryAfterSeconds }: Refused): string {
  const later = retryAfterSeconds === null ? "a little later" : `in ${retryAfterSeconds} seconds`;
  if (code === "invalid_credentials")
    return "That user name and password do not go together. Look at both and try again.";
  if (code === "too_many_attempts") return `There were too many attempts. Try again ${later}.`;
  if (OUT_OF_REACH.has(code)) return `The server is out of reach or busy. What you typed is kept: try again ${later}.`;
  return error;
}
