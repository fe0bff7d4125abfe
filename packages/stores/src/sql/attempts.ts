import { refillMs } from "@counterfoil/core";
import type { AttemptsTaken, ForgiveAttempts, TakeAttempt, TakeAttempts } from "@counterfoil/core";
import { counting, decideAttempts } from "../rule/attempts.ts";
import type { FullAt } from "../rule/attempts.ts";
import type { Transaction } from "./engine.ts";

/**
 * See `AttemptLedger`. A row keeps only when its bucket is full again (GCRA); of what is known, until when.
 *
 * Whoever is refused leaves no row behind: a flood of refusals must not fill the disk. For the others the missing rows
 * are made first, so that there is something to lock; what stands in them then is what decides.
 */
export async function takeAttempts(tx: Transaction, input: TakeAttempts): Promise<AttemptsTaken> {
  const { buckets, unlessKnown } = input;
  const keys = [...buckets, ...(unlessKnown?.buckets ?? []), ...(unlessKnown ? [unlessKnown] : [])].map(keyOf);
  const read = fullAtOf(
    await tx.db.selectFrom("attempts").select(["key", "full_at"]).where("key", "in", keys).execute(),
  );
  const before = await tx.now();
  const counted = counting(input, read, before);
  const seen = decideAttempts(counted, read, before);
  if (seen.answer.outcome === "limited") {
    await write(tx, seen.changes);
    return seen.answer;
  }
  const locked = await lock(tx, counted.map(keyOf));
  const { answer, changes } = decideAttempts(counted, locked, await tx.now());
  await write(tx, changes);
  return answer;
}

export async function returnAttempts(tx: Transaction, buckets: readonly TakeAttempt[]): Promise<void> {
  await forgiveAttempts(tx, { keys: [], returned: buckets, known: null });
}

export async function forgiveAttempts(tx: Transaction, { keys, returned, known }: ForgiveAttempts): Promise<void> {
  const steps = [
    ...keys.map((key) => ({ key, run: () => tx.db.deleteFrom("attempts").where("key", "=", key).execute() })),
    ...returned.map((bucket) => ({ key: bucket.key, run: () => giveBack(tx, bucket) })),
    ...(known === null ? [] : [{ key: known.key, run: () => know(tx, known) }]),
  ];
  for (const { run } of steps.toSorted((left, right) => inOrder(left.key, right.key))) await run();
}

/** All that locks rows does so in this one order: two that want the same ones else wait for each other. */
function inOrder(left: string, right: string): number {
  return left < right ? -1 : 1;
}

async function lock(tx: Transaction, keys: readonly string[]): Promise<FullAt> {
  const rows = await tx.db
    .insertInto("attempts")
    .values(keys.toSorted(inOrder).map((key) => ({ key, full_at: 0, taken: 1 })))
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ taken: 1 }))
    .returning(["key", "full_at"])
    .execute();
  return fullAtOf(rows);
}

async function write(tx: Transaction, changes: FullAt): Promise<void> {
  if (changes.size === 0) return;
  const rows = [...changes].map(([key, fullAt]) => ({ key, full_at: fullAt, taken: 1 }));
  await tx.db
    .insertInto("attempts")
    .values(rows.toSorted((left, right) => inOrder(left.key, right.key)))
    .onConflict((conflict) => conflict.column("key").doUpdateSet((row) => ({ full_at: row.ref("excluded.full_at") })))
    .execute();
}

function giveBack(tx: Transaction, bucket: TakeAttempt): Promise<unknown> {
  return (
    tx.db
      .updateTable("attempts")
      // Below now is full, as it is for the next that takes one.
      .set((row) => ({ full_at: row("full_at", "-", refillMs(bucket)) }))
      .where("key", "=", bucket.key)
      .execute()
  );
}

async function know(tx: Transaction, { key, seconds }: NonNullable<ForgiveAttempts["known"]>): Promise<void> {
  await write(tx, new Map([[key, (await tx.now()) + seconds * 1000]]));
}

function fullAtOf(rows: readonly { readonly key: string; readonly full_at: number }[]): FullAt {
  return new Map(rows.map((row) => [row.key, row.full_at]));
}

function keyOf({ key }: { readonly key: string }): string {
  return key;
}
