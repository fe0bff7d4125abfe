import type { ErrorBody } from "@counterfoil/protocol";
import { refuseRequest } from "../request/refusal.ts";

/**
 * The token may well be good: this service cannot tell right now. Never 401, which would send the user to sign in again
 * for a fault of ours.
 */
export interface Unavailable {
  readonly ok: false;
  readonly code: "unavailable";
  /** `stale`: more than a second has passed since all was known. `cold`: it never was. For the log. */
  readonly reason: "stale" | "cold";
  readonly status: 503;
  readonly headers: { readonly "Retry-After": "1" };
  readonly body: ErrorBody;
}

export const UNAVAILABLE: Readonly<Record<Unavailable["reason"], Unavailable>> = {
  stale: unavailable("stale"),
  cold: unavailable("cold"),
};

function unavailable(reason: Unavailable["reason"]): Unavailable {
  return Object.freeze({ ...refuseRequest("unavailable", undefined, { "Retry-After": "1" }), reason });
}
