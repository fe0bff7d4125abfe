import type { EventQuery, LedgerEvent, RevocationsRead } from "@counterfoil/core";
import type { MemoryState } from "./state.ts";

/** See `LogLedger`. Whatever this log cannot have given as a cursor means: from the beginning. */
export function readRevocations(state: MemoryState, cursor: string | null): RevocationsRead {
  const now = state.now();
  const after = cursor !== null && /^(?:0|[1-9]\d{0,15})$/.test(cursor) ? Number(cursor) : null;
  const known = after !== null && after <= state.revocationsGiven;
  const rows = known
    ? state.revocations.filter(({ id }) => id > after)
    : state.revocations.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  return {
    entries: rows.map(({ entry }) => entry),
    cursor: String(state.revocationsGiven),
    held: false,
    timeline: state.timeline,
    now,
  };
}

export function readEvents(state: MemoryState, query: EventQuery): readonly LedgerEvent[] {
  const { sid, subject, requestId, after, limit } = query;
  const found = state.events.filter(
    (event) =>
      (sid === undefined || event.sid === sid) &&
      (subject === undefined || event.subject === subject) &&
      (requestId === undefined || event.context?.requestId === requestId) &&
      (after === undefined || event.id > after),
  );
  return found.slice(0, limit);
}
