import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Transaction } from "../sql/engine.ts";

/** What was seen at one moment: the last event's number, and then a transaction that is younger than any before. */
interface Seen {
  readonly last: number;
  readonly next: bigint;
}

/** Transactions last milliseconds; one that lasts longer is not waited for. */
const LOOKS = 4;
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
  #settled = 0;

  /** The first number that may still be missing. */
  async look(tx: Transaction): Promise<number> {
    const first = await this.#see(tx);
    for (let look = 1; this.#settled < first.last && look < LOOKS; look++) {
      // oxlint-disable-next-line no-await-in-loop -- one look after another
      await sleep(PAUSE_MS);
      // oxlint-disable-next-line no-await-in-loop
      await this.#see(tx);
    }
    return this.#settled + 1;
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
    if (last < this.#settled || this.#seen.some((before) => before.last > last)) {
      this.#seen = [];
      this.#settled = 0;
    }
    this.#keep(seen);
    const over = this.#seen.filter(({ next }) => next <= BigInt(xmin));
    this.#settled = Math.max(this.#settled, ...over.map((each) => each.last));
    this.#seen = this.#seen.filter((each) => each.last > this.#settled);
    return seen;
  }

  /** While a transaction lasts, the newest moments say no more than the oldest: only so many are kept. */
  #keep(seen: Seen): void {
    if (this.#seen.length >= MOST_KEPT) this.#seen = this.#seen.filter((_, index) => index % 2 === 0);
    this.#seen.push(seen);
  }
}
