import type { EventCountQuery, EventCounts, EventType } from "@counterfoil/core";
import { sql } from "kysely";
import { MOST_EVENTS_LOOKED_AT } from "../rule/page.ts";
import type { Engine, Transaction } from "./engine.ts";

/** See `LogLedger.countEvents`. */
export async function countEvents(engine: Engine, tx: Transaction, query: EventCountQuery): Promise<EventCounts> {
  const before = (await engine.eventsSettled(tx)) ?? 0;
  const first = await firstOf(tx, query);
  if (first === null || first >= before) return { counts: [], reached: null, more: false };
  const last = await lastOf(tx, first, before);
  const minute = sql<number | string>`at - at % 60000`;
  // Not their bare time: to look by its index as well, an engine without statistics reads all of a busy hour in it.
  const at = sql<number>`at + 0`;
  const rows = await tx.db
    .selectFrom("events")
    .select(({ fn }) => [minute.as("minute"), "type", fn.countAll<number | string>().as("count")])
    .where("id", ">=", first)
    .where("id", "<=", last.id)
    .where(at, ">=", query.since)
    .groupBy([minute, "type"])
    .orderBy("minute")
    .orderBy("type")
    .execute();
  // As text, where the driver knows that they may not fit a number.
  const counts = rows.map((row) => ({
    minute: Number(row.minute),
    type: row.type as EventType,
    count: Number(row.count),
  }));
  return { counts, reached: last.id, more: last.more };
}

/**
 * By the index on their time, where there is no number to go by yet. They are written in nearly its order, so the lowest
 * number is among those that happened first: all of a busy hour are millions.
 */
async function firstOf(tx: Transaction, { after, since }: EventCountQuery): Promise<number | null> {
  const events = tx.db.selectFrom("events").select("id");
  if (after !== null) {
    const row = await events.where("id", ">", after).orderBy("id").limit(1).executeTakeFirst();
    return row?.id ?? null;
  }
  const earliest = events.where("at", ">=", since).orderBy("at").orderBy("id").limit(MOST_EVENTS_LOOKED_AT);
  const { first } = await tx.db
    .selectFrom(earliest.as("earliest"))
    .select(({ fn }) => fn.min<number | null>("id").as("first"))
    .executeTakeFirstOrThrow();
  return first;
}

async function lastOf(
  tx: Transaction,
  first: number,
  before: number,
): Promise<{ readonly id: number; readonly more: boolean }> {
  const from = tx.db.selectFrom("events").select("id").where("id", ">=", first).where("id", "<", before).limit(1);
  const full = await from
    .orderBy("id")
    .offset(MOST_EVENTS_LOOKED_AT - 1)
    .executeTakeFirst();
  if (full !== undefined) return { id: full.id, more: true };
  return { id: (await from.orderBy("id", "desc").executeTakeFirstOrThrow()).id, more: false };
}
