/**
 * What a refresh token's presentation leads to (design: "Redeem"). Pure, so that every store decides alike, and the
 * whole table can be explored.
 */

/** The reuse interval R: the window in which a predecessor gets the same successor. */
export const REUSE_INTERVAL_MS = 30_000;

/** The part of a live session that rotation is about. */
export interface RotationState {
  /** The generation of the current refresh token; 0 before the first rotation. */
  readonly counter: number;
  /** When the current token was last handed out, by a rotation or by a keyed repeat. Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** The current token has been presented, so the client has received it. */
  readonly seen: boolean;
  /** The hash of the `Idempotency-Key` that the current token was made with. */
  readonly rotationKey: string | null;
}

export interface Redemption {
  readonly outcome: "rotated" | "repeated" | "reused";
  /** What changes; `null` where nothing does. */
  readonly write: RotationState | null;
  /** We alone can have sealed a counter above the ledger's: the ledger has lost a commit. */
  readonly ledgerBehind: boolean;
}

/**
 * @param presented the presented token's generation
 * @param key the hash of the request's `Idempotency-Key`
 * @param now by the ledger's clock
 */
export function decideRedemption(state: RotationState, presented: number, key: string | null, now: number): Redemption {
  const near = Math.abs(now - state.issuedAt) <= REUSE_INTERVAL_MS;

  if (presented > state.counter) {
    const healed = { counter: presented, issuedAt: now, seen: true, rotationKey: null };
    return { outcome: "repeated", write: healed, ledgerBehind: true };
  }
  if (presented === state.counter) {
    // A token rotates at most once per R. Else two rotations could lie between a request and its retry, and the
    // retry, two steps behind, would look like a thief's.
    if (state.counter === 0 || !near) {
      const next = { counter: state.counter + 1, issuedAt: now, seen: false, rotationKey: key };
      return { outcome: "rotated", write: next, ledgerBehind: false };
    }
    return { outcome: "repeated", write: state.seen ? null : { ...state, seen: true }, ledgerBehind: false };
  }
  if (presented === state.counter - 1) {
    // The answer was lost and the same client asks again, however late. `issuedAt` moves, or else the successor that
    // it gets now could rotate at once and leave a second retry two steps behind.
    if (!state.seen && key !== null && key === state.rotationKey) {
      return { outcome: "repeated", write: { ...state, issuedAt: now }, ledgerBehind: false };
    }
    if (near) return { outcome: "repeated", write: null, ledgerBehind: false };
  }
  return { outcome: "reused", write: null, ledgerBehind: false };
}
