import type { EventPageQuery, Session } from "@counterfoil/core";
import type { Services } from "../../../services.ts";
import type { Call } from "../../call.ts";
import { eventJson } from "../../event-json.ts";
import { lastEventId } from "../../event-streams.ts";
import { isAdministrator } from "../../for-admin.ts";
import { refuse } from "../../refusal.ts";

const BATCH = 100;

/**
 * Events as they come. The place is an event's number, so a reader that was cut off goes on where it was, on any server,
 * and a server's restart loses nothing. It ends with the administrator's session, or role: looked at before each batch.
 *
 * @param filter `null`: nothing can match, and there are heartbeats alone
 */
export async function streamEvents(
  services: Services,
  call: Call,
  admin: Session,
  filter: Omit<EventPageQuery, "order" | "limit"> | null,
): Promise<Response> {
  const resumed = lastEventId(call.request);
  if (resumed !== null && !/^\d{1,15}$/.test(resumed)) {
    const sentence = "Last-Event-ID must be the id of an event that came from here.";
    return refuse(services, call, { code: "invalid_request", reason: "malformed", sentence });
  }
  const { ledger } = services;
  const { newest, settled } = await ledger.eventHorizon();
  const place = resumed === null ? filter?.after : Number(resumed);
  // A ledger that was put back from a backup has not come as far as the one that the reader knows.
  let after = Math.min(place ?? settled, newest);
  return services.streams.answer(services, call, async (heartbeat) => {
    if (!(await isAdministrator(services, admin.sid))) return null;
    const page = filter && (await ledger.pageEvents({ ...filter, order: "oldest_first", after, limit: BATCH }));
    after = page?.reached ?? after;
    if (page === null || page.events.length === 0) {
      // An id alone is no event to the reader, and moves the place that it comes back with.
      return heartbeat || page?.more === true ? `id: ${after}\n:\n\n` : "";
    }
    const events = page.events.map(eventJson);
    return events.map((event) => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  });
}
