import type { RevocationReason, RevocationsRead } from "@counterfoil/core";
import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { FeedEntry, Revocation } from "@counterfoil/protocol";
import type { Engine, Transaction } from "./engine.ts";

/** Tells the feed. An entry lives until no token that it concerns can be alive; a key's, for ever. */
export async function appendRevocation(
  tx: Transaction,
  now: number,
  reason: RevocationReason,
  ...entries: readonly Revocation[]
): Promise<void> {
  const complete = entries.map((entry): FeedEntry => ({ ...entry, event_timestamp: now / 1000, reason }));
  await appendEntries(tx, now, complete);
}

/** As they are: what is told once more says when it was decided. */
export async function appendEntries(tx: Transaction, now: number, entries: readonly FeedEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.db
    .insertInto("revocations")
    .values(
      entries.map((entry) => ({
        entry: JSON.stringify(entry),
        expires_at: entry.type === "key-revoked" ? null : now + REVOCATION_TTL_SECONDS * 1000,
      })),
    )
    .execute();
}

/** Never leaves out, behind a cursor, what looks dead: by a clock that is wrong today and right tomorrow, it lives. */
export async function readRevocations(
  engine: Engine,
  tx: Transaction,
  cursor: string | null,
): Promise<RevocationsRead> {
  // Before the read: the receipt may be older than what it proves, never newer.
  const now = await tx.now();
  const log = await engine.readLog(tx, cursor);
  const lives = ({ expires_at }: { readonly expires_at: number | null }) => expires_at === null || expires_at > now;
  const rows = log.complete ? log.rows.filter(lives) : log.rows;
  return {
    entries: rows.map(({ entry }) => JSON.parse(entry) as FeedEntry),
    cursor: log.cursor,
    held: log.held,
    timeline: log.timeline,
    now,
  };
}
