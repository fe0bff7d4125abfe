import type { EventPage, EventPageQuery } from "@counterfoil/core";
import { MOST_EVENTS_LOOKED_AT } from "../rule/page.ts";
import type { Engine, Transaction } from "./engine.ts";
import { ledgerEvent } from "./events.ts";

/**
 * See `LogLedger.pageEvents`. What is looked at is settled first: an event that is committed between the two statements
 * is then in no page that says it has passed it.
 */
export async function pageEvents(engine: Engine, tx: Transaction, asked: EventPageQuery): Promise<EventPage> {
  const query = await settled(engine, tx, asked);
  const { types, actor, limit } = query;
  const { oldest, newest, more } = await lookedAt(tx, query);
  if (oldest === null || newest === null) return { events: [], reached: null, more };
  const newestFirst = query.order === "newest_first";
  const reached = newestFirst ? oldest : newest;
  // `in ()` is no SQL.
  if (types?.length === 0) return { events: [], reached, more };
  let select = matching(tx, query).selectAll().where("id", ">=", oldest).where("id", "<=", newest);
  if (types !== undefined) select = select.where("type", "in", types);
  if (actor !== undefined) select = select.where("actor", "=", actor);
  const rows = await select
    .orderBy("id", newestFirst ? "desc" : "asc")
    .limit(limit)
    .execute();
  const events = rows.map(ledgerEvent);
  const last = rows.at(-1);
  return last !== undefined && rows.length === limit
    ? { events, reached: last.id, more: true }
    : { events, reached, more };
}

/** Whoever goes on forwards from a number must not pass one that is still to come. */
async function settled(engine: Engine, tx: Transaction, query: EventPageQuery): Promise<EventPageQuery> {
  if (query.order === "newest_first") return query;
  const before = (await engine.eventsSettled(tx)) ?? 0;
  return { ...query, before: Math.min(query.before ?? before, before) };
}

/** What an index finds, or else simply the next: no more of them than one call looks at. */
async function lookedAt(tx: Transaction, query: EventPageQuery) {
  const direction = query.order === "newest_first" ? "desc" : "asc";
  const candidates = matching(tx, query).select("id").orderBy("id", direction).limit(MOST_EVENTS_LOOKED_AT);
  const { count, ...looked } = await tx.db
    .selectFrom(candidates.as("looked"))
    .select(({ fn }) => [
      fn.min<number | null>("id").as("oldest"),
      fn.max<number | null>("id").as("newest"),
      // As text, where the driver knows that it may not fit a number.
      fn.countAll<number | string>().as("count"),
    ])
    .executeTakeFirstOrThrow();
  return { ...looked, more: Number(count) === MOST_EVENTS_LOOKED_AT };
}

function matching(tx: Transaction, { sid, subject, requestId, before, after }: EventPageQuery) {
  let select = tx.db.selectFrom("events");
  if (sid !== undefined) select = select.where("sid", "=", sid);
  if (subject !== undefined) select = select.where("subject", "=", subject);
  if (requestId !== undefined) select = select.where("request_id", "=", requestId);
  if (before !== undefined) select = select.where("id", "<", before);
  if (after !== undefined) select = select.where("id", ">", after);
  return select;
}
