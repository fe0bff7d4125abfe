import { encodeBase64Url } from "@counterfoil/protocol";
import { addedClaims } from "../access/access-token.ts";
import type { AddedClaims } from "../access/access-token.ts";
import type { Crypto } from "../crypto.ts";
import type { EventContext, RefusalReason } from "../events.ts";
import { hashLocator } from "../handle/handle.ts";
import type { HandleParts } from "../handle/open-handle.ts";
import { openHandle } from "../handle/open-handle.ts";
import type { SessionLedger } from "../ledger/sessions.ts";
import type { RevocationFollower } from "../revocation/follower.ts";
import { heldAgainst, ledgerBehind } from "../revocation/lookup.ts";
import type { RevocationLookup } from "../revocation/lookup.ts";
import type { CarriedSession } from "../session/opener.ts";
import { carry } from "../session/opener.ts";
import type { Session, Sid } from "../session/session.ts";
import type { Subject } from "../user/user.ts";

export interface RefreshParts extends HandleParts {
  readonly ledger: SessionLedger;
  readonly follower: Pick<RevocationFollower, "catchUp">;
  readonly revocations: RevocationLookup;
  /** What the application adds to the access token that a redemption leads to. */
  readonly claims: AddedClaims | undefined;
}

export interface RefreshWish {
  /** The request's header, made by the client for this one token. */
  readonly idempotencyKey: string | null;
  readonly background: boolean;
  /** The one audience that the access token is to be for; all of the session's where it is left out. */
  readonly audience?: string | undefined;
}

export type Refreshed =
  | ({ readonly outcome: "rotated" } & CarriedSession)
  | ({ readonly outcome: "repeated"; readonly presented: number } & CarriedSession)
  /** The session is not for the wished audience. Nothing was redeemed: the token is as good as before. */
  | { readonly outcome: "other_audience"; readonly sid: Sid; readonly subject: Subject }
  /** The same from outside, whatever the reason. */
  | {
      readonly outcome: "refused";
      readonly reason: RefusalReason;
      readonly sid: Sid | null;
      readonly subject: Subject | null;
    };

/**
 * Redeems a refresh token. A forged or mistyped one is refused without I/O.
 *
 * @throws CounterfoilError `unavailable`, and TypeError, as {@link addedClaims} does: nothing is redeemed then
 * @throws StoreError if the ledger is out of reach, or lacks what it had told before
 */
export async function redeemRefreshToken(
  parts: RefreshParts,
  token: string,
  wish: RefreshWish,
  context: EventContext,
): Promise<Refreshed> {
  const { ledger, crypto } = parts;
  const handle = await openHandle(parts, "refresh", token);
  if (handle === null) return { outcome: "refused", reason: "forged_or_mistyped", sid: null, subject: null };
  const locatorHash = hashLocator(crypto, handle.locator);
  if (parts.claims !== undefined) {
    const record = await ledger.findSession(locatorHash);
    if (record !== null && record.endedAt === null) addedClaims(parts.claims, record.session);
  }
  const redeemed = await ledger.redeem({
    locatorHash,
    counter: handle.counter,
    idempotencyKeyHash: hashKey(crypto, wish.idempotencyKey),
    background: wish.background,
    audience: wish.audience,
    context,
  });
  switch (redeemed.outcome) {
    case "rotated":
    case "repeated": {
      const { now } = redeemed;
      const session = await confirmed(parts, redeemed.session);
      if (session === null) {
        const { sid, subject } = redeemed.session;
        return { outcome: "refused", reason: "session_over", sid, subject };
      }
      const carried = { session, now, handle: carry(parts, session, handle.locator) };
      return redeemed.outcome === "rotated"
        ? { outcome: "rotated", ...carried }
        : { outcome: "repeated", presented: handle.counter, ...carried };
    }
    case "other_audience":
      return redeemed;
    case "unknown":
      return { outcome: "refused", reason: "unknown_session", sid: null, subject: null };
    case "revoked":
      return { ...redeemed, outcome: "refused", reason: "session_over" };
    case "expired":
      return { ...redeemed, outcome: "refused", reason: "session_expired" };
    case "reused":
      return { ...redeemed, outcome: "refused", reason: "refresh_token_reused" };
  }
}

/**
 * The redeemed session, with the user's claims of now; `null` if this process knows it to be over. A redemption that is
 * refused here leaves nobody signed out: the session is over, or its token goes on being repeated.
 */
async function confirmed({ ledger, follower, revocations }: RefreshParts, session: Session): Promise<Session | null> {
  const held = heldAgainst(revocations, session);
  if (held !== "behind") return held === "live" ? session : null;
  await follower.catchUp();
  const record = await ledger.readSession(session.sid);
  if (record === null || record.endedAt !== null) return null;
  const { roles, claimsVersion } = record.session;
  const now = { ...session, roles, claimsVersion };
  const heldNow = heldAgainst(revocations, now);
  if (heldNow === "behind") throw ledgerBehind();
  return heldNow === "live" ? now : null;
}

function hashKey(crypto: Crypto, key: string | null): string | null {
  return key === null ? null : encodeBase64Url(crypto.sha256(new TextEncoder().encode(key)));
}
