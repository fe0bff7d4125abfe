import { setImmediate as turn } from "node:timers/promises";
import { Rounds } from "@counterfoil/core";
import type { EventCounts, EventType, Ledger } from "@counterfoil/core";
import { hourOf } from "./hour.ts";

/** What is counted of the event log. */
export type Kind = "signIns" | "refusals" | "refreshes";

export type KindCounts = Readonly<Record<Kind, number>>;

export interface CountedMinute extends KindCounts {
  /** When it began, milliseconds since the epoch. */
  readonly minute: number;
}

export interface CountedHour {
  /** Sixty, the oldest first; the last is the one that is not over. */
  readonly minutes: readonly CountedMinute[];
  /** Whether all is counted; else whoever asks again is told more. */
  readonly complete: boolean;
}

const KINDS: Partial<Record<EventType, Kind>> = {
  session_opened: "signIns",
  refused: "refusals",
  refresh_rotated: "refreshes",
  refresh_repeated: "refreshes",
  access_token_issued: "refreshes",
};

/** Each is some ten milliseconds during which SQLite keeps the process from anything else. */
const COUNTS_OF_ROUND = 30;
const NOTHING: KindCounts = { signIns: 0, refusals: 0, refreshes: 0 };

/**
 * Counts the last hour's events for whoever looks, and nothing while nobody does. Each event is counted once: who looks
 * again a little later costs what has happened in between.
 */
export class EventMinutes {
  readonly #ledger: Pick<Ledger, "countEvents" | "pageEvents">;
  readonly #now: () => number;
  readonly #rounds = new Rounds(() => this.#count());
  #minutes = new Map<number, KindCounts>();
  #reached: number | null = null;
  #complete = false;

  /** @param now the ledger's time, milliseconds since the epoch */
  constructor(ledger: Pick<Ledger, "countEvents" | "pageEvents">, now: () => number) {
    this.#ledger = ledger;
    this.#now = now;
  }

  /** @throws StoreError if the event log cannot be read */
  async read(): Promise<CountedHour> {
    await this.#rounds.run();
    const minutes = hourOf(this.#now()).map((minute) => ({ minute, ...(this.#minutes.get(minute) ?? NOTHING) }));
    return { minutes, complete: this.#complete };
  }

  async #count(): Promise<void> {
    const [since = 0] = hourOf(this.#now());
    for (const minute of this.#minutes.keys()) if (minute < since) this.#minutes.delete(minute);
    this.#complete = false;
    for (let counts = 0; counts < COUNTS_OF_ROUND; counts++) {
      // oxlint-disable-next-line no-await-in-loop -- each goes on where the one before came to
      const counted = await this.#ledger.countEvents({ after: this.#reached, since });
      this.#add(counted);
      // SQLite answers without a wait: without this, all counts of a round would be one stop of everything else.
      // oxlint-disable-next-line no-await-in-loop -- between two of them
      await turn();
      if (counted.more) continue;
      // oxlint-disable-next-line no-await-in-loop -- once
      if (counted.reached === null && (await this.#isAnother())) continue;
      this.#complete = true;
      return;
    }
  }

  #add({ counts, reached }: EventCounts): void {
    for (const { minute, type, count } of counts) {
      const kind = KINDS[type];
      if (kind === undefined) continue;
      const before = this.#minutes.get(minute) ?? NOTHING;
      this.#minutes.set(minute, { ...before, [kind]: before[kind] + count });
    }
    this.#reached = reached ?? this.#reached;
  }

  /** Whether the log is shorter than what was counted: it was put back from a backup, and is counted anew. */
  async #isAnother(): Promise<boolean> {
    if (this.#reached === null) return false;
    const after = this.#reached - 1;
    const { reached } = await this.#ledger.pageEvents({ order: "newest_first", after, limit: 1 });
    if (reached !== null) return false;
    this.#minutes = new Map();
    this.#reached = null;
    return true;
  }
}
