import type { RequestAuth } from "./auth.ts";
import { refuseRequest } from "./refusal.ts";
import type { RequestRefused } from "./refusal.ts";

/** RFC 6750 §3.1: another token of the same user would not help, one with more rights would. */
const CHALLENGE = { "WWW-Authenticate": 'Bearer error="insufficient_scope"' };

/** What holds requests to at least one of some roles. @throws TypeError if it would let nobody in, or everybody */
export function roleCheck(roles: readonly string[]): (auth: RequestAuth) => RequestRefused | null {
  if (roles.length === 0 || !roles.every((role) => typeof role === "string" && role !== "")) {
    throw new TypeError("Name the role that is required, or several of which one is enough.");
  }
  const wanted = [...roles];
  const names = wanted.map((role) => `\`${role}\``).join(", ");
  const sentence = wanted.length === 1 ? `This takes the role ${names}.` : `This takes one of the roles ${names}.`;
  const byToken = refuseRequest("insufficient_role", sentence, CHALLENGE);
  // A cookie is nothing that another scope would help.
  const byCookie = refuseRequest("insufficient_role", sentence);
  return (auth) => {
    if (wanted.some((role) => auth.roles.includes(role))) return null;
    return auth.via === "cookie" ? byCookie : byToken;
  };
}
