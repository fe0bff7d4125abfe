import type { EventPage, EventPageQuery } from "@counterfoil/core";
import { MOST_EVENTS_LOOKED_AT } from "../rule/page.ts";
import type { Transaction } from "./engine.ts";
import { ledgerEvent } from "./events.ts";

/** See `LogLedger.pageEvents`. */
export async function pageEvents(tx: Transaction, query: EventPageQuery): Promise<EventPage> {
  const { types, actor, limit } = query;
  // The limit inside bounds the rows that are looked at, the one outside those that are given.
  let select = tx.db.selectFrom(candidates(tx, query).as("events")).selectAll();
  if (types !== undefined) select = select.where("type", "in", types);
  if (actor !== undefined) select = select.where("actor", "=", actor);
  const direction = query.order === "newest_first" ? "desc" : "asc";
  const rows = await select.orderBy("id", direction).limit(limit).execute();
  const events = rows.map(ledgerEvent);
  const last = rows.at(-1);
  if (last !== undefined && rows.length === limit) return { events, reached: last.id, more: true };
  const looked = await lookedAt(tx, query);
  return { events, reached: looked.reached, more: looked.count === MOST_EVENTS_LOOKED_AT };
}

/** What an index finds, or else simply the next: no more of them than one call looks at. */
function candidates(tx: Transaction, { sid, subject, requestId, before, after, order }: EventPageQuery) {
  let select = tx.db.selectFrom("events").selectAll();
  if (sid !== undefined) select = select.where("sid", "=", sid);
  if (subject !== undefined) select = select.where("subject", "=", subject);
  if (requestId !== undefined) select = select.where("request_id", "=", requestId);
  if (before !== undefined) select = select.where("id", "<", before);
  if (after !== undefined) select = select.where("id", ">", after);
  return select.orderBy("id", order === "newest_first" ? "desc" : "asc").limit(MOST_EVENTS_LOOKED_AT);
}

async function lookedAt(tx: Transaction, query: EventPageQuery): Promise<{ reached: number | null; count: number }> {
  return tx.db
    .selectFrom(candidates(tx, query).clearSelect().select("id").as("looked"))
    .select(({ fn }) => [
      query.order === "newest_first" ? fn.min("id").as("reached") : fn.max("id").as("reached"),
      fn.countAll<number>().as("count"),
    ])
    .executeTakeFirstOrThrow();
}
