import type { Purge, Purged } from "@counterfoil/core";
import { sql } from "kysely";
import type { Engine, Transaction } from "./engine.ts";

const NOTHING: Purged = { sessions: 0, revocations: 0, attempts: 0, events: 0, passwordCodes: 0 };

/** See `Ledger.purge`. */
export async function purge(engine: Engine, tx: Transaction, input: Purge): Promise<Purged> {
  if (!(await engine.alone(tx))) return NOTHING;
  const now = await tx.now();
  const { limit } = input;
  const before = now - input.keepEndedSessionsSeconds * 1000;
  const ended = await purgeEnded(tx, before, limit);
  return {
    sessions: ended + (await purgeRunOut(tx, before, limit - ended)),
    revocations: await purgeRevocations(tx, now, limit),
    attempts: await purgeAttempts(tx, now, limit),
    events: await purgeEvents(tx, now - input.keepEventsSeconds * 1000, limit),
    passwordCodes: await purgePasswordCodes(tx, now, limit),
  };
}

async function purgeEnded(tx: Transaction, before: number, limit: number): Promise<number> {
  const dead = tx.unlocked(tx.db.selectFrom("sessions").select("sid").where("ended_at", "<=", before).limit(limit));
  const { numDeletedRows } = await tx.db.deleteFrom("sessions").where("sid", "in", dead).executeTakeFirst();
  return Number(numDeletedRows);
}

/**
 * Sessions that nobody has met since a clock of theirs ran out. Only rows that are due are looked at, and one that has
 * been used meanwhile is due later: in a ledger full of live sessions a purge is as short as in an empty one.
 */
async function purgeRunOut(tx: Transaction, before: number, limit: number): Promise<number> {
  if (limit <= 0) return 0;
  const due = tx.unlocked(
    tx.db
      .selectFrom("sessions")
      .select("sid")
      .where("ended_at", "is", null)
      .where("due_at", "<=", before)
      .orderBy("due_at")
      .limit(limit),
  );
  const looked = await tx.db
    .updateTable("sessions")
    .set({
      due_at: sql<number>`case when expires_at < last_active_at + inactivity_seconds * 1000
        then expires_at else last_active_at + inactivity_seconds * 1000 end`,
    })
    .where("sid", "in", due)
    .returning(["sid", "due_at"])
    .execute();
  const dead = looked.filter((row) => row.due_at <= before).map((row) => row.sid);
  if (dead.length > 0) await tx.db.deleteFrom("sessions").where("sid", "in", dead).execute();
  return dead.length;
}

async function purgeRevocations(tx: Transaction, now: number, limit: number): Promise<number> {
  const dead = tx.unlocked(tx.db.selectFrom("revocations").select("id").where("expires_at", "<=", now).limit(limit));
  const { numDeletedRows } = await tx.db.deleteFrom("revocations").where("id", "in", dead).executeTakeFirst();
  return Number(numDeletedRows);
}

/** A full bucket is as good as none, and so is what is known no more. */
async function purgeAttempts(tx: Transaction, now: number, limit: number): Promise<number> {
  const full = tx.unlocked(tx.db.selectFrom("attempts").select("key").where("full_at", "<=", now).limit(limit));
  // Each again, also below, where it may have been used or replaced since it was found.
  const { numDeletedRows } = await tx.db
    .deleteFrom("attempts")
    .where("key", "in", full)
    .where("full_at", "<=", now)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** The newest stays, however old: SQLite numbers on from it, and a number given twice would hide an event. */
async function purgeEvents(tx: Transaction, before: number, limit: number): Promise<number> {
  const newest = tx.db.selectFrom("events").select((row) => row.fn.max("id").as("id"));
  const old = tx.db
    .selectFrom("events")
    .select("id")
    .where("at", "<=", before)
    .where("id", "<", newest)
    .orderBy("at")
    .limit(limit);
  const { numDeletedRows } = await tx.db.deleteFrom("events").where("id", "in", old).executeTakeFirst();
  return Number(numDeletedRows);
}

async function purgePasswordCodes(tx: Transaction, now: number, limit: number): Promise<number> {
  const dead = tx.unlocked(
    tx.db.selectFrom("password_codes").select("subject").where("expires_at", "<=", now).limit(limit),
  );
  const { numDeletedRows } = await tx.db
    .deleteFrom("password_codes")
    .where("subject", "in", dead)
    .where("expires_at", "<=", now)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
