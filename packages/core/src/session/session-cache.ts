import type { Clock } from "../clock.ts";
import type { RevocationLookup } from "../revocation/lookup.ts";
import { heldAgainst } from "../revocation/lookup.ts";
import type { Session } from "./session.ts";
import { ranOut } from "./session.ts";

/**
 * Shorter than an entry of the feed lives (16 min): whatever ended a session while it was cached is therefore still
 * in the revocation set at each use, and no entry needs to be looked for and removed.
 */
const USABLE_MS = 5 * 60_000;

interface Entry {
  readonly session: Session;
  readonly readAt: number;
}

/** Sessions read from the ledger. It can only say yes: whatever it does not know is asked of the ledger. */
export class SessionCache {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #revocations: RevocationLookup;
  #clearedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, revocations: RevocationLookup, limit = 50_000) {
    this.#clock = clock;
    this.#revocations = revocations;
    this.#limit = limit;
  }

  /**
   * @param key the whole session token, or the `sid`. Whoever asks makes sure of which: a `sid` is public, and no credential
   * @param ledgerNow the ledger's time, for the session's clocks
   */
  get(key: string, ledgerNow: number): Session | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const { session } = entry;
    if (
      this.#clock.monotonic() - entry.readAt >= USABLE_MS ||
      heldAgainst(this.#revocations, session) !== "live" ||
      ranOut(session, ledgerNow) !== null
    ) {
      this.#entries.delete(key);
      return null;
    }
    return session;
  }

  /** @param readAt the monotonic time at which the read *began*: what was decided since is newer than this session */
  put(key: string, session: Session, readAt: number): void {
    // Read before everything was forgotten, and so perhaps before the decision for which it was.
    if (readAt <= this.#clearedAt) return;
    if (this.#entries.size >= this.#limit) {
      // The oldest insertion goes. Recency is not worth a second write on each hit: a hot session is back in one read.
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.delete(key);
    this.#entries.set(key, { session, readAt });
  }

  /** Notes what this process itself has written. It is no read, so the entry grows no younger by it. */
  replace(key: string, session: Session): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#entries.set(key, { session, readAt: entry.readAt });
  }

  /** Forgets everything, and what is being read right now: the ledger has to be asked again. */
  clear(): void {
    this.#entries.clear();
    this.#clearedAt = this.#clock.monotonic();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
