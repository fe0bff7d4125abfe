import type { EventPage, EventPageQuery, LedgerEvent } from "@counterfoil/core";
import { MOST_EVENTS_LOOKED_AT } from "../rule/page.ts";
import type { MemoryState } from "./state.ts";

/** See `LogLedger.pageEvents`. */
export function pageEvents(state: MemoryState, query: EventPageQuery): EventPage {
  const { types, actor, limit, order } = query;
  const found = state.events.filter((event) => isCandidate(event, query));
  const candidates = order === "newest_first" ? found.toReversed() : found;
  const events: LedgerEvent[] = [];
  let reached: number | null = null;
  for (const event of candidates.slice(0, MOST_EVENTS_LOOKED_AT)) {
    reached = event.id;
    if (types !== undefined && !types.includes(event.body.type)) continue;
    if (actor !== undefined && actor !== event.context?.actor) continue;
    events.push(event);
    if (events.length === limit) return { events, reached, more: true };
  }
  return { events, reached, more: candidates.length >= MOST_EVENTS_LOOKED_AT };
}

function isCandidate(event: LedgerEvent, { sid, subject, requestId, before, after }: EventPageQuery): boolean {
  return (
    (sid === undefined || event.sid === sid) &&
    (subject === undefined || event.subject === subject) &&
    (requestId === undefined || event.context?.requestId === requestId) &&
    (before === undefined || event.id < before) &&
    (after === undefined || event.id > after)
  );
}
