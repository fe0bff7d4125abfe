import type {
  BelatedEvent,
  EventBody,
  EventContext,
  EventHorizon,
  EventQuery,
  LedgerEvent,
  NewEvent,
} from "@counterfoil/core";
import type { Insertable, Selectable } from "kysely";
import type { Engine, Transaction } from "./engine.ts";
import type { EventRow } from "./schema.ts";
import { statement } from "./statement.ts";

/** A statement has room for some 32,000 parameters; an event takes nine. */
const BATCH = 500;

/** Those that were kept for a while before they are written. */
export async function appendBelatedEvents(
  tx: Transaction,
  now: number,
  events: readonly BelatedEvent[],
): Promise<void> {
  for (let start = 0; start < events.length; start += BATCH) {
    const rows = events.slice(start, start + BATCH).map((event) => eventRow(now - event.agoMs, event));
    await tx.db.insertInto("events").values(rows).execute();
  }
}

const insertOne = statement((tx, row: Insertable<EventRow>) =>
  tx.db.insertInto("events").values({
    at: row.at,
    type: row.type,
    details: row.details,
    subject: row.subject,
    sid: row.sid,
    request_id: row.request_id,
    remote_address: row.remote_address,
    user_agent: row.user_agent,
    actor: row.actor,
  }),
);

export async function appendEvents(tx: Transaction, now: number, events: readonly NewEvent[]): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  if (events.length === 1) {
    await insertOne(tx, eventRow(now, first));
    return;
  }
  for (let start = 0; start < events.length; start += BATCH) {
    const rows = events.slice(start, start + BATCH).map((event) => eventRow(now, event));
    await tx.db.insertInto("events").values(rows).execute();
  }
}

export async function readEvents(engine: Engine, tx: Transaction, query: EventQuery): Promise<readonly LedgerEvent[]> {
  let select = tx.db.selectFrom("events").selectAll().orderBy("id").limit(query.limit);
  if (query.sid !== undefined) select = select.where("sid", "=", query.sid);
  if (query.subject !== undefined) select = select.where("subject", "=", query.subject);
  if (query.requestId !== undefined) select = select.where("request_id", "=", query.requestId);
  // Who goes on from a number must not pass one that is still to come.
  if (query.after !== undefined) {
    select = select.where("id", ">", query.after).where("id", "<", (await engine.eventsSettled(tx)) ?? 0);
  }
  return (await select.execute()).map(ledgerEvent);
}

/** See `LogLedger.eventHorizon`. */
export async function eventHorizon(engine: Engine, tx: Transaction): Promise<EventHorizon> {
  const before = await engine.eventsSettled(tx);
  const select = tx.db.selectFrom("events").select("id").orderBy("id", "desc").limit(1);
  const newest = (await select.executeTakeFirst())?.id ?? 0;
  return { newest, settled: before === null ? newest : Math.min(newest, before - 1) };
}

function eventRow(now: number, { body, subject, sid, context }: NewEvent): Insertable<EventRow> {
  const { type, ...details } = body;
  return {
    at: now,
    type,
    details: JSON.stringify(details),
    subject,
    sid,
    request_id: context?.requestId ?? null,
    remote_address: context?.remoteAddress ?? null,
    user_agent: context?.userAgent ?? null,
    actor: context?.actor ?? null,
  };
}

export function ledgerEvent(row: Selectable<EventRow>): LedgerEvent {
  return {
    id: row.id,
    at: row.at,
    body: { type: row.type, ...(JSON.parse(row.details) as object) } as EventBody,
    subject: row.subject,
    sid: row.sid,
    context: eventContext(row),
  };
}

function eventContext(row: Selectable<EventRow>): EventContext | null {
  if (row.request_id === null) return null;
  return {
    requestId: row.request_id,
    remoteAddress: row.remote_address,
    userAgent: row.user_agent,
    ...(row.actor !== null && { actor: row.actor }),
  };
}
