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
 * How far the ledger's clock may step back before we stop believing it: an expired token would be young again after
 * its revocation was forgotten (`KernelClock`).
 */
const MAX_STEP_BACK_MS = 50_000;

/** The best receipt so far, and the age and the ledger's time that follow from it. */
export class Freshness {
  #asOf: Instant | null = null;
  #ledgerTime = Number.NaN;
  #floor = Number.NEGATIVE_INFINITY;

  /** Takes a receipt, unless a newer read is known already: of two streams one may be behind. */
  take(asOf: Instant, ledgerTime: number, now: Instant): void {
    if (ageOf(asOf, now) > this.stalenessMs(now)) return;
    const before = this.ledgerNow(now.monotonic);
    if (!Number.isNaN(before)) this.#floor = Math.max(this.#floor, before - MAX_STEP_BACK_MS);
    this.#asOf = asOf;
    this.#ledgerTime = ledgerTime;
  }

  /** Another history of the ledger begins: what was proved of the old one says nothing. */
  reset(): void {
    this.#asOf = null;
    this.#ledgerTime = Number.NaN;
    this.#floor = Number.NEGATIVE_INFINITY;
  }

  /** The age of the newest known read, by whichever clock says more; infinite before the first. */
  stalenessMs(now: Instant): number {
    return this.#asOf === null ? Number.POSITIVE_INFINITY : ageOf(this.#asOf, now);
  }

  /** Whether the age is below `boundMs`: {@link stalenessMs} without an object, for each request's way. */
  isWithin(boundMs: number, monotonic: number, wall: number): boolean {
    const asOf = this.#asOf;
    return asOf !== null && monotonic - asOf.monotonic < boundMs && wall - asOf.wall < boundMs;
  }

  /** The ledger's time, milliseconds since the epoch; no number before the first receipt. */
  ledgerNow(monotonic: number): number {
    if (this.#asOf === null) return Number.NaN;
    return Math.max(this.#ledgerTime + (monotonic - this.#asOf.monotonic), this.#floor);
  }
}

function ageOf(asOf: Instant, now: Instant): number {
  return Math.max(now.monotonic - asOf.monotonic, now.wall - asOf.wall);
}
