import type { Clock } from "../clock.ts";
import { retryAfterSeconds, takeFrom } from "./bucket.ts";
import { LIMITS } from "./limit.ts";

/** Addresses that are watched at once: some megabyte. Beyond it the one that was quiet for longest is forgotten. */
export const WATCHED_ADDRESSES = 10_000;

/** Of one address a suspicion is told at most this often. */
const TOLD_INTERVAL_MS = 60_000;
/** Of all addresses together: a log that fills up by being warned is no help. */
const TOLD = { burst: 60, refillSeconds: 1 };

export interface ForgerySeen {
  /** How long its sender is to wait: `null` while it is taken for a mistake. In whole seconds. */
  readonly retryAfterSeconds: number | null;
  /** Forged credentials of that address since the last one that was told; `null` where there is nothing to tell. */
  readonly suspected: number | null;
}

interface Watched {
  readonly fullAt: number;
  readonly count: number;
  readonly toldAt: number;
}

/**
 * Counts forged session and refresh tokens by address (ASVS V7.2.1). In this process's memory: to refuse a forgery costs
 * no I/O, and to count it must not either. Only forgeries are ever shown to it, so nobody's genuine credential can be
 * refused for what somebody else at the same address does.
 */
export class ForgeryWatch {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #watched = new Map<string, Watched>();
  #toldFullAt = 0;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** How many addresses are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /**
   * A credential came that was never sealed here.
   *
   * @param addressBucket the client's address, or its /64. All who have none count together, and none of them waits:
   *   who is who cannot be told.
   */
  note(addressBucket: string | null): ForgerySeen {
    const key = addressBucket ?? "";
    const now = this.#clock.monotonic();
    const before = this.#watched.get(key) ?? { fullAt: now, count: 0, toldAt: Number.NEGATIVE_INFINITY };
    const from = takeFrom(LIMITS.handle, before.fullAt, now);
    const count = before.count + 1;
    const told = !from.fits && now - before.toldAt >= TOLD_INTERVAL_MS && this.#mayTell(now);
    this.#keep(key, { fullAt: from.fullAt, count: told ? 0 : count, toldAt: told ? now : before.toldAt });
    return {
      retryAfterSeconds: from.fits || addressBucket === null ? null : retryAfterSeconds(from.retryAfterMs),
      suspected: told ? count : null,
    };
  }

  /** The newest stands last. */
  #keep(key: string, watched: Watched): void {
    this.#watched.delete(key);
    this.#watched.set(key, watched);
    if (this.#watched.size <= WATCHED_ADDRESSES) return;
    const [oldest = key] = this.#watched.keys();
    this.#watched.delete(oldest);
  }

  #mayTell(now: number): boolean {
    const from = takeFrom(TOLD, this.#toldFullAt, now);
    this.#toldFullAt = from.fullAt;
    return from.fits;
  }
}
