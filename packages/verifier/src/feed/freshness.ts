import { MAX_ACCESS_TOKEN_TTL_SECONDS } from "@counterfoil/protocol";
import { TOLERANCE_SECONDS } from "../token/claims.ts";

/** One moment on both clocks of this machine, in milliseconds. */
export interface Instant {
  /** Never steps, and on most systems stands still while the machine sleeps. */
  readonly monotonic: number;
  /** May step; goes on while the machine sleeps. */
  readonly wall: number;
}

/** By how much clocks may disagree since a request was sent before nothing is concluded from it any more. */
const MAX_DISAGREEMENT_MS = 250;

/**
 * Turns a server's receipts into moments of our own clocks, for one request.
 *
 * The first receipt is of a read that began after the request had arrived, hence after it was sent; the others began
 * later by the difference of the server's own clock. So each read began at the computed moment or after, and whatever
 * is delayed, buffered or paused on the way only adds to the age. The two machines' clocks need to agree on the length of
 * a minute, no more: a stream is renewed each minute.
 */
export class ReceiptTimes {
  readonly #asked: Instant;
  #firstReadAt: number | null = null;

  /** @param asked just before the request was sent */
  constructor(asked: Instant) {
    this.#asked = asked;
  }

  /**
   * When the read began, or somewhat earlier, never later.
   *
   * @param readAt the receipt's `read_at`
   * @returns `null` if the clocks disagree: the machine slept (its monotonic clock stood still, and what comes now may
   *   have waited for as long), one of them was set, or the server's runs ahead. Only another request can tell then
   */
  asOf(readAt: number, now: Instant): Instant | null {
    this.#firstReadAt ??= readAt;
    const since = readAt - this.#firstReadAt;
    const passed = now.monotonic - this.#asked.monotonic;
    const passedOnTheWall = now.wall - this.#asked.wall;
    if (Math.abs(passed - passedOnTheWall) > MAX_DISAGREEMENT_MS || since > passed + MAX_DISAGREEMENT_MS) return null;
    return {
      monotonic: Math.min(this.#asked.monotonic + since, now.monotonic),
      wall: Math.min(this.#asked.wall + since, now.wall),
    };
  }
}

/**
 * How far the ledger's clock may step back before nothing is accepted: an expired token would be young again after its
 * revocation was forgotten (`KernelClock`).
 */
const MAX_STEP_BACK_MS = 50_000;
/** When a token that was minted just now is expired for everybody: its lifetime, and the tolerance at both its ends. */
const LONGEST_VALIDITY_MS = (MAX_ACCESS_TOKEN_TTL_SECONDS + 2 * TOLERANCE_SECONDS) * 1000;

/** The ledger's time is told in whole milliseconds. */
const SAME_MOMENT_MS = 10;

/** The best receipt so far, and the age and the ledger's time that follow from it. */
export class Freshness {
  #asOf: Instant | null = null;
  #ledgerTime = Number.NaN;
  #takenAt = Number.POSITIVE_INFINITY;
  /** The latest that the ledger's time has been. */
  #furthest = Number.NEGATIVE_INFINITY;
  /** From which of the ledger's times on nothing that was minted before its clock was set back is good any more. */
  #trustedFrom = Number.NEGATIVE_INFINITY;

  /** Takes a receipt, unless a newer read is known already: of two streams one may be behind. */
  take(asOf: Instant, ledgerTime: number, now: Instant): void {
    if (ageOf(asOf, now) > this.stalenessMs(now)) return;
    if (this.#asOf !== null) this.#furthest = Math.max(this.#furthest, this.ledgerNow(now.monotonic));
    this.#asOf = asOf;
    this.#ledgerTime = ledgerTime;
    this.#takenAt = now.monotonic;
    if (this.ledgerNow(now.monotonic) < this.#furthest - MAX_STEP_BACK_MS) {
      this.#trustedFrom = this.#furthest + LONGEST_VALIDITY_MS;
    }
  }

  /** Another history of the ledger begins: what was proved of the old one says nothing. */
  reset(): void {
    this.#asOf = null;
    this.#ledgerTime = Number.NaN;
    this.#takenAt = Number.POSITIVE_INFINITY;
    this.#furthest = Number.NEGATIVE_INFINITY;
    this.#trustedFrom = Number.NEGATIVE_INFINITY;
  }

  /** The age of the newest known read, by whichever clock says more; infinite before the first. */
  stalenessMs(now: Instant): number {
    return this.#asOf === null ? Number.POSITIVE_INFINITY : ageOf(this.#asOf, now);
  }

  /**
   * Whether the age is below `boundMs` and the ledger's time can be gone by, without an object, for each request's way.
   */
  isWithin(boundMs: number, monotonic: number, wall: number): boolean {
    const asOf = this.#asOf;
    return (
      asOf !== null &&
      monotonic - asOf.monotonic < boundMs &&
      wall - asOf.wall < boundMs &&
      this.ledgerNow(monotonic) >= this.#trustedFrom
    );
  }

  /**
   * For how long the ledger's time cannot be gone by, milliseconds; 0 for no time. Its clock was set far back, so tokens
   * that were revoked, expired and forgotten may seem good once more.
   */
  setBackMs(monotonic: number): number {
    return this.#asOf === null ? 0 : Math.max(0, this.#trustedFrom - this.ledgerNow(monotonic));
  }

  /**
   * The ledger's time of the newest receipt, milliseconds since the epoch, which any read that begins now is later than;
   * no number before the first, and while two may be of one moment.
   */
  passedAt(monotonic: number): number {
    return monotonic - this.#takenAt > SAME_MOMENT_MS ? this.#ledgerTime : Number.NaN;
  }

  /** The ledger's time, milliseconds since the epoch; no number before the first receipt. */
  ledgerNow(monotonic: number): number {
    return this.#asOf === null ? Number.NaN : this.#ledgerTime + (monotonic - this.#asOf.monotonic);
  }
}

function ageOf(asOf: Instant, now: Instant): number {
  return Math.max(now.monotonic - asOf.monotonic, now.wall - asOf.wall);
}
