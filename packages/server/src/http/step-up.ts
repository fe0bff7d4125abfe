import { parseAmr } from "@counterfoil/core";
import type { Services } from "../services.ts";
import type { AnswerHeaders } from "./answer.ts";
import type { Authenticated } from "./authenticated.ts";

/** What a request must have been preceded by. */
export interface StepUp {
  /** The user must have proved presence at most so many seconds ago. */
  readonly maxAuthAgeSeconds?: number;
  /** And in all of these ways (RFC 8176), such as `["otp"]`. */
  readonly amr?: readonly string[];
}

/** How long a proof of presence is recent enough for what is about other sessions, or other people. */
export const RECENT: StepUp = { maxAuthAgeSeconds: 15 * 60 };

export interface NotRecentlyAuthenticated {
  readonly code: "reauthentication_required";
  readonly reason: "not_recently_authenticated";
  readonly headers: AnswerHeaders;
}

/** The refusal of somebody whose authentication is not enough, with what would be (RFC 9470); `null` where it is. */
export function stepUp(
  { follower }: Pick<Services, "follower">,
  who: Pick<Authenticated, "authTime" | "amr">,
  { maxAuthAgeSeconds, amr = [] }: StepUp,
): NotRecentlyAuthenticated | null {
  // The ledger's clock on both sides, so that a server's own one may be wrong.
  const recent = maxAuthAgeSeconds === undefined || follower.ledgerNow() - who.authTime <= maxAuthAgeSeconds * 1000;
  if (recent && amr.every((method) => who.amr.includes(method))) return null;
  const enough = [
    'error="insufficient_user_authentication"',
    ...(maxAuthAgeSeconds === undefined ? [] : [`max_age="${maxAuthAgeSeconds}"`]),
    ...(amr.length === 0 ? [] : [`acr_values="${amr.join(" ")}"`]),
  ];
  return {
    code: "reauthentication_required",
    reason: "not_recently_authenticated",
    headers: { "WWW-Authenticate": `Bearer ${enough.join(", ")}` },
  };
}

/** @throws TypeError if it cannot be asked for: a requirement that is mistyped must not be none */
export function checkStepUp({ maxAuthAgeSeconds, amr }: StepUp): void {
  if (maxAuthAgeSeconds !== undefined && !(Number.isSafeInteger(maxAuthAgeSeconds) && maxAuthAgeSeconds >= 0)) {
    throw new TypeError("maxAuthAgeSeconds must be a whole number of seconds, 0 or more");
  }
  if (amr !== undefined && parseAmr(amr) === null) {
    throw new TypeError("amr must be an array of 1 to 16 names of visible ASCII characters");
  }
}
