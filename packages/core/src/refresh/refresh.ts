import { encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { EventContext, RefusalReason } from "../events.ts";
import { hashLocator, unsealHandle } from "../handle/handle.ts";
import type { SessionLedger } from "../ledger/sessions.ts";
import type { Keyring } from "../secret/keyring.ts";
import type { CarriedSession } from "../session/opener.ts";
import { carry } from "../session/opener.ts";
import type { Sid } from "../session/session.ts";
import type { Subject } from "../user/user.ts";

export interface RefreshParts {
  readonly ledger: SessionLedger;
  readonly crypto: Crypto;
  readonly keyring: Keyring;
}

export type Refreshed =
  | ({ readonly outcome: "rotated" } & CarriedSession)
  | ({ readonly outcome: "repeated"; readonly presented: number } & CarriedSession)
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
 * @param idempotencyKey the request's header, made by the client for this one token
 */
export async function redeemRefreshToken(
  parts: RefreshParts,
  token: string,
  options: { readonly idempotencyKey: string | null; readonly background: boolean },
  context: EventContext,
): Promise<Refreshed> {
  const { ledger, crypto, keyring } = parts;
  const handle = unsealHandle(crypto, keyring, "refresh", token);
  if (handle === null) return { outcome: "refused", reason: "forged_or_mistyped", sid: null, subject: null };
  const redeemed = await ledger.redeem({
    locatorHash: hashLocator(crypto, handle.locator),
    counter: handle.counter,
    idempotencyKeyHash: hashKey(crypto, options.idempotencyKey),
    background: options.background,
    context,
  });
  switch (redeemed.outcome) {
    case "rotated":
    case "repeated": {
      const { session, now } = redeemed;
      const carried = { session, now, handle: carry(parts, session, handle.locator) };
      return redeemed.outcome === "rotated"
        ? { outcome: "rotated", ...carried }
        : { outcome: "repeated", presented: handle.counter, ...carried };
    }
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

function hashKey(crypto: Crypto, key: string | null): string | null {
  return key === null ? null : encodeBase64Url(crypto.sha256(new TextEncoder().encode(key)));
}
