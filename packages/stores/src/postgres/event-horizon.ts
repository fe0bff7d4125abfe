import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Transaction } from "../sql/engine.ts";

/** What was seen at one moment: the last event's number, and then a transaction that is younger than any before. */
interface Seen {
  readonly last: number;
  readonly next: bigint;
}

/** Transactions last milliseconds; one that lasts longer is waited for once, by the first who looks. */
const LOOKS = 4;
const FIRST_LOOKS = 200;
const PAUSE_MS = 5;
const MOST_KEPT = 64;

/**
 * Below which number every event is there, or never will be. Numbers are given in the order of writing and become
 * visible in that of the commits, so whoever follows them must not pass one that is still to come.
 *
 * A transaction has its own number before its events get theirs. So once all transactions are over that there were at
 * some moment, whatever commits from then on has events of numbers that were given after that moment.
 */
export class EventHorizon {
  #seen: Seen[] = [];
  /** `null` until all are over that there were at the first look. */
  #settled: number | null = null;
  #looks = FIRST_LOOKS;
  #seeing: Promise<unknown> = Promise.resolve();

  /** The first number that may still be missing; `null` where nobody can tell. */
  async look(tx: Transaction): Promise<number | null> {
    const looks = this.#looks;
    this.#looks = LOOKS;
    const first = await this.#seeAlone(tx);
    for (let look = 1; (this.#settled ?? -1) < first.last && look < looks; look++) {
      // oxlint-disable-next-line no-await-in-loop -- one look after another
      await sleep(PAUSE_MS);
      // oxlint-disable-next-line no-await-in-loop
      await this.#seeAlone(tx);
    }
    return this.#settled === null ? null : this.#settled + 1;
  }

  /** One after the other: what was seen before another's would look like a number that was given again. */
  #seeAlone(tx: Transaction): Promise<Seen> {
    const seen = this.#seeing.then(() => this.#see(tx));
    this.#seeing = seen.catch(() => undefined);
    return seen;
  }

  async #see(tx: Transaction): Promise<Seen> {
    const { rows } = await sql<{ last: number }>`
      select case when is_called then last_value else 0 end as last from event_ids`.execute(tx.db);
    const last = rows[0]!.last;
    // Afterwards: a transaction that begins in between counts as one that there was. A number of this look's own, since
    // a snapshot's `xmax` is behind the last that has *ended*: others that are under way may have that and higher ones.
    const { rows: snapshots } = await sql<{ xmin: string; own: string }>`
      select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_current_xact_id()::text as own`.execute(tx.db);
    const { xmin, own } = snapshots[0]!;
    const seen = { last, next: BigInt(own) };
    // A database that has lost a tail gives its numbers again.
    if (last < (this.#settled ?? 0) || this.#seen.some((before) => before.last > last)) {
      this.#seen = [];
      this.#settled = null;
    }
    this.#keep(seen);
    const over = this.#seen.filter(({ next }) => next <= BigInt(xmin));
    if (over.length > 0) this.#settled = Math.max(this.#settled ?? 0, ...over.map((each) => each.last));
    const settled = this.#settled ?? -1;
    this.#seen = this.#seen.filter((each) => each.last > settled);
    return seen;
  }

  /** While a transaction lasts, the newest moments say no more than the oldest: only so many are kept. */
  #keep(seen: Seen): void {
    if (this.#seen.length >= MOST_KEPT) this.#seen = this.#seen.filter((_, index) => index % 2 === 0);
    this.#seen.push(seen);
  }
}
