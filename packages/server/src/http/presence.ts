import type { Services } from "../services.ts";
import type { Authenticated } from "./authenticated.ts";
import type { Refusal } from "./refusal.ts";

/** How long a proof of presence is recent enough to decide about others, or about other sessions, with. */
const RECENT_SECONDS = 15 * 60;

export function isRecent({ follower }: Services, { authTime }: Pick<Authenticated, "authTime">): boolean {
  return follower.ledgerNow() - authTime <= RECENT_SECONDS * 1000;
}

/** The refusal of whoever last proved presence too long ago. */
export function notRecent({ sid, subject }: Pick<Authenticated, "sid" | "subject">): Refusal {
  // RFC 9470 §3: what would be enough.
  const challenge = `Bearer error="insufficient_user_authentication", max_age="${RECENT_SECONDS}"`;
  return {
    code: "reauthentication_required",
    reason: "not_recently_authenticated",
    sid,
    subject,
    headers: { "WWW-Authenticate": challenge },
  };
}
