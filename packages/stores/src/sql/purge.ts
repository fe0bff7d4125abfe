import type { Purge, Purged } from "@counterfoil/core";
import { sql } from "kysely";
import type { Engine, Transaction } from "./engine.ts";
import { padded } from "./list.ts";

/**
 * See `Ledger.purge`. Each kind in a transaction of its own, so that no row is locked for longer than it takes; and each
 * time one process is alone in it, so that what another counts it has deleted itself.
 */
export async function purge(engine: Engine, input: Purge): Promise<Purged> {
  const { limit } = input;
  const keptSince = (now: number) => now - input.keepEndedSessionsSeconds * 1000;
  const alone = (purgeKind: (tx: Transaction, now: number) => Promise<number>): Promise<number> =>
    engine.write(async (tx) => ((await engine.alone(tx)) ? purgeKind(tx, await tx.now()) : 0));
  const ended = await alone((tx, now) => purgeEnded(tx, keptSince(now), limit));
  return {
    sessions: ended + (await alone((tx, now) => purgeRunOut(tx, keptSince(now), limit - ended))),
    revocations: await alone((tx, now) => purgeRevocations(tx, now, limit)),
    attempts: await alone((tx, now) => purgeAttempts(tx, now, limit)),
    events: await alone((tx, now) => purgeEvents(tx, now - input.keepEventsSeconds * 1000, limit)),
    passwordCodes: await alone((tx, now) => purgePasswordCodes(tx, now, limit)),
  };
}

// What is to go is found in a `with` of its own. As a subquery PostgreSQL may run it again for each row, and each time
// lock, and find, `limit` more.

async function purgeEnded(tx: Transaction, before: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx.db
    .with("dead", (db) =>
      tx.unlocked(db.selectFrom("sessions").select("sid").where("ended_at", "<=", before).limit(limit)),
    )
    .deleteFrom("sessions")
    .where("sid", "in", (row) => row.selectFrom("dead").select("dead.sid"))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/**
 * Sessions that nobody has met since a clock of theirs ran out. Only rows that are due are looked at, and one that has
 * been used meanwhile is due later: in a ledger full of live sessions a purge is as short as in an empty one.
 */
async function purgeRunOut(tx: Transaction, before: number, limit: number): Promise<number> {
  if (limit <= 0) return 0;
  const looked = await tx.db
    .with("due", (db) =>
      tx.unlocked(
        db
          .selectFrom("sessions")
          .select("sid")
          .where("ended_at", "is", null)
          .where("due_at", "<=", before)
          .orderBy("due_at")
          .limit(limit),
      ),
    )
    .updateTable("sessions")
    .set({
      due_at: sql<number>`case when expires_at < last_active_at + inactivity_seconds * 1000
        then expires_at else last_active_at + inactivity_seconds * 1000 end`,
    })
    .where("sid", "in", (row) => row.selectFrom("due").select("due.sid"))
    .returning(["sid", "due_at"])
    .execute();
  const dead = looked.filter((row) => row.due_at <= before).map((row) => row.sid);
  if (dead.length > 0) await tx.db.deleteFrom("sessions").where("sid", "in", padded(dead)).execute();
  return dead.length;
}

async function purgeRevocations(tx: Transaction, now: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx.db
    .with("dead", (db) =>
      tx.unlocked(db.selectFrom("revocations").select("id").where("expires_at", "<=", now).limit(limit)),
    )
    .deleteFrom("revocations")
    .where("id", "in", (row) => row.selectFrom("dead").select("dead.id"))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** A full bucket is as good as none, and so is what is known no more. */
async function purgeAttempts(tx: Transaction, now: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx.db
    .with("full", (db) => tx.unlocked(db.selectFrom("attempts").select("key").where("full_at", "<=", now).limit(limit)))
    .deleteFrom("attempts")
    .where("key", "in", (row) => row.selectFrom("full").select("full.key"))
    // Again, also below, where it may have been used or replaced since it was found.
    .where("full_at", "<=", now)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** The newest stays, however old: SQLite numbers on from it, and a number given twice would hide an event. */
async function purgeEvents(tx: Transaction, before: number, limit: number): Promise<number> {
  const newest = tx.db.selectFrom("events").select((row) => row.fn.max("id").as("id"));
  const { numDeletedRows } = await tx.db
    .with("old", (db) =>
      db
        .selectFrom("events")
        .select("id")
        .where("at", "<=", before)
        .where("id", "<", newest)
        .orderBy("at")
        .limit(limit),
    )
    .deleteFrom("events")
    .where("id", "in", (row) => row.selectFrom("old").select("old.id"))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function purgePasswordCodes(tx: Transaction, now: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx.db
    .with("dead", (db) =>
      tx.unlocked(db.selectFrom("password_codes").select("subject").where("expires_at", "<=", now).limit(limit)),
    )
    .deleteFrom("password_codes")
    .where("subject", "in", (row) => row.selectFrom("dead").select("dead.subject"))
    .where("expires_at", "<=", now)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
