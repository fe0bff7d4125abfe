import { decideRedemption, ranOut } from "@counterfoil/core";
import type { EventBody, Redeem, Redeemed } from "@counterfoil/core";
import { activeAt, isRecent } from "../rule/activity.ts";
import { isFor } from "../rule/audience.ts";
import { endSession, revoke } from "./session-end.ts";
import { presented, sessionNow } from "./session-read.ts";
import type { MemoryState, StoredSession } from "./state.ts";

/** See `SessionLedger.redeem`. */
export function redeem(state: MemoryState, input: Redeem): Redeemed {
  const session = presented(state, input.locatorHash, "bearer");
  if (session === undefined) return { outcome: "unknown" };
  const { sid, subject } = session;
  if (session.endReason !== null) {
    const byClock = session.endReason === "inactive" || session.endReason === "lifetime";
    return { outcome: byClock ? "expired" : "revoked", sid, subject, reason: session.endReason };
  }
  const now = state.now();
  const reason = ranOut(session, now);
  if (reason !== null) {
    endSession(state, session, { reason, now, context: input.context });
    return { outcome: "expired", sid, subject, reason };
  }
  return present(state, session, input, now);
}

function present(state: MemoryState, session: StoredSession, input: Redeem, now: number): Redeemed {
  const { sid, subject, counter } = session;
  const { counter: shown, background, context } = input;
  const { outcome, write, ledgerBehind } = decideRedemption(session, shown, input.idempotencyKeyHash, now);
  const tell = (body: EventBody) => state.tell(now, { body, subject, sid, context });
  if (outcome === "reused") {
    tell({ type: "refresh_reused", presented: shown, counter });
    revoke(state, session, { reason: "reuse", now, context });
    return { outcome, sid, subject };
  }
  if (!isFor(session.audience, input.audience)) return { outcome: "other_audience", sid, subject };
  const idle = background || (outcome === "repeated" && isRecent(session.lastActiveAt, now));
  const lastActiveAt = idle ? session.lastActiveAt : activeAt(session.lastActiveAt, now);
  state.keep({ ...session, ...write, lastActiveAt });
  if (ledgerBehind) tell({ type: "ledger_behind", presented: shown, counter });
  if (outcome === "rotated") tell({ type: "refresh_rotated", counter: counter + 1, background });
  return { outcome, session: sessionNow(state, session), now };
}
