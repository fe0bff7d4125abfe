import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { FeedEntry } from "@counterfoil/protocol";
import type { LogLedger, RevocationsRead } from "../ledger/log.ts";

/** What a ledger that had lost it has been given back. */
export interface RestoredRevocations {
  /** Sessions that were live there, and ended. */
  readonly sessions: number;
  /** Users of whom it did not have the last decision. */
  readonly users: number;
  readonly keys: number;
}

/** Of a few transactions each: the rows of a batch are locked for milliseconds. */
const BATCH = 100;

/**
 * Gives a ledger back what it told before and lacks now: its history is another one since a standby was promoted that
 * did not have the last commits. Safe to repeat, and for several servers at once.
 *
 * @param read of all that the new history has
 * @param remembered what the histories before told
 * @returns `null` where nothing was lost
 * @throws StoreError if the ledger is out of reach: some of it may have been restored
 */
export async function restoreRevocations(
  ledger: Pick<LogLedger, "restoreRevocations">,
  read: RevocationsRead,
  remembered: Iterable<FeedEntry>,
): Promise<RestoredRevocations | null> {
  const told = new Set(read.entries.map((entry) => JSON.stringify(entry)));
  const missing = new Map<string, FeedEntry>();
  for (const entry of remembered) {
    const text = JSON.stringify(entry);
    if (!told.has(text) && isAlive(entry, read.now)) missing.set(text, entry);
  }
  const lost = [...missing.values()];
  let all: RestoredRevocations | null = null;
  for (let start = 0; start < lost.length; start += BATCH) {
    // oxlint-disable-next-line no-await-in-loop -- one transaction after the other: everybody else's come in between
    const restored = await ledger.restoreRevocations(lost.slice(start, start + BATCH));
    if (restored.outcome === "restored") all = sum(all, restored);
  }
  return all;
}

/** What the ledger may have forgotten because nobody needs it any more was not lost. */
function isAlive(entry: FeedEntry, now: number): boolean {
  if (entry.type === "key-revoked" || entry.event_timestamp === undefined) return true;
  return (entry.event_timestamp + REVOCATION_TTL_SECONDS) * 1000 > now;
}

function sum(all: RestoredRevocations | null, more: RestoredRevocations): RestoredRevocations {
  const { sessions = 0, users = 0, keys = 0 } = all ?? {};
  return { sessions: sessions + more.sessions, users: users + more.users, keys: keys + more.keys };
}
