import type { EventCount, EventCountQuery, EventCounts } from "@counterfoil/core";
import { MOST_EVENTS_LOOKED_AT } from "../rule/page.ts";
import type { MemoryState } from "./state.ts";

/** See `LogLedger.countEvents`. */
export function countEvents(state: MemoryState, { after, since }: EventCountQuery): EventCounts {
  const first = after === null ? firstSince(state, since) : after + 1;
  const begin = state.events.findIndex(({ id }) => id >= first);
  const looked = begin === -1 ? [] : state.events.slice(begin, begin + MOST_EVENTS_LOOKED_AT);
  const counts = new Map<string, EventCount>();
  for (const { at, body } of looked) {
    if (at < since) continue;
    const minute = at - (at % 60_000);
    const name = `${minute} ${body.type}`;
    counts.set(name, { minute, type: body.type, count: (counts.get(name)?.count ?? 0) + 1 });
  }
  return {
    counts: [...counts.values()].toSorted(
      (left, right) => left.minute - right.minute || (left.type < right.type ? -1 : 1),
    ),
    reached: looked.at(-1)?.id ?? null,
    more: looked.length === MOST_EVENTS_LOOKED_AT,
  };
}

/** The lowest number among those that happened first. */
function firstSince({ events }: MemoryState, since: number): number {
  const earliest = events.filter(({ at }) => at >= since).toSorted((left, right) => left.at - right.at);
  return earliest.slice(0, MOST_EVENTS_LOOKED_AT).reduce((lowest, { id }) => Math.min(lowest, id), Infinity);
}
