import type { AttemptTaken, TakeAttempt } from "@counterfoil/core";
import { sql } from "kysely";
import { bucketSpan, retryAfterSeconds } from "../rule/bucket.ts";
import type { Transaction } from "./engine.ts";

/**
 * One upsert, so that parallel attempts are counted one by one (GCRA: the row keeps only when the bucket is full
 * again). Each expression below sees the row as it was.
 */
export async function takeAttempt(tx: Transaction, input: TakeAttempt): Promise<AttemptTaken> {
  const now = await tx.now();
  const { refill, span } = bucketSpan(input);
  // Fuller than full, or emptier than empty, is a clock that has stepped back or a bucket that was larger.
  const fullAt = sql<number>`case when attempts.full_at > ${now + span} then ${now + span}
    when attempts.full_at < ${now} then ${now} else attempts.full_at end`;
  const fits = sql`(${fullAt}) + ${refill} <= ${now + span}`;
  const row = await tx.db
    .insertInto("attempts")
    .values({ key: input.key, full_at: now + refill, taken: 1 })
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet({
        full_at: sql<number>`case when ${fits} then (${fullAt}) + ${refill} else (${fullAt}) end`,
        taken: sql<number>`case when ${fits} then 1 else 0 end`,
      }),
    )
    .returning(["full_at", "taken"])
    .executeTakeFirstOrThrow();
  if (row.taken === 1) return { outcome: "taken" };
  return { outcome: "limited", retryAfterSeconds: retryAfterSeconds(row.full_at, input, now) };
}

export async function returnAttempt(tx: Transaction, input: TakeAttempt): Promise<void> {
  const { refill } = bucketSpan(input);
  // Below now is full, as it is for the next that takes one.
  await tx.db
    .updateTable("attempts")
    .set((row) => ({ full_at: row("full_at", "-", refill) }))
    .where("key", "=", input.key)
    .execute();
}

export async function forgiveAttempts(tx: Transaction, key: string): Promise<void> {
  await tx.db.deleteFrom("attempts").where("key", "=", key).execute();
}
