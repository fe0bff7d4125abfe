import { EVENT_TYPES, parseSid, parseSubject } from "@counterfoil/core";
import type { EventType } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { explain, explanationJson } from "../../../explain/explain.ts";
import { json } from "../../answer.ts";
import { EventJson, eventJson } from "../../event-json.ts";
import { wantsEventStream } from "../../event-streams.ts";
import { forAdmin } from "../../for-admin.ts";
import { NoQuery, pageLimit, readQuery, wholeNumber } from "../../query.ts";
import { refuse } from "../../refusal.ts";
import type { Route } from "../../route.ts";
import { seconds } from "../../seconds.ts";
import { streamEvents } from "./event-stream.ts";

/** Any of the texts that an event may have there: one that no event has finds none. */
const text = z.string().min(1, "expected 1 to 255 characters").max(255, "expected 1 to 255 characters");
const eventId = wholeNumber(0, Number.MAX_SAFE_INTEGER).optional();

const isEventType = (name: string): name is EventType => EVENT_TYPES.some((type) => type === name);

/** What events may be asked for by, in a page and in a stream alike. */
const Filters = {
  type: z
    .string()
    .transform((names) => names.split(","))
    .refine((names) => names.every(isEventType), "expected types of events, separated by commas")
    .transform((names) => names.filter(isEventType))
    .optional(),
  subject: text.optional(),
  sid: text.optional(),
  request_id: text.optional(),
  actor: text.optional(),
  after: eventId,
};

const EventsQuery = z.strictObject({ ...Filters, before: eventId, limit: pageLimit });
const StreamQuery = z.strictObject(Filters);

type Filter = z.infer<typeof StreamQuery>;

/** `null` where nothing can match: an id of another form is no event's. */
function toPageQuery({ type, subject, sid, request_id: requestId, actor, after }: Filter) {
  const parsedSid = sid === undefined ? undefined : parseSid(sid);
  const parsedSubject = subject === undefined ? undefined : parseSubject(subject);
  if (parsedSid === null || parsedSubject === null) return null;
  return { types: type, sid: parsedSid, subject: parsedSubject, requestId, actor, after };
}

/** `GET /admin/events`: the event log, newest first; or as it grows, as server-sent events. */
export const adminListEvents: Route = {
  method: "GET",
  path: PATHS.adminEvents,
  about: {
    operation: "adminListEvents",
    summary:
      "Lists events, newest first. A page may be short although there is more: `next_before` tells. With `Accept: text/event-stream` (and neither `before` nor `limit`), events as they come, oldest first, from `Last-Event-ID`, `after`, or now.",
    access: "admin",
    query: EventsQuery,
    stream: "on_request",
    headers: z.object({ "Last-Event-ID": z.string().optional().describe("Where to go on, in a stream.") }),
    answers: { 200: z.object({ events: z.array(EventJson), next_before: z.int().nullable() }) },
    errors: ["invalid_request", "overloaded"],
  },
  handle: forAdmin(async (services, call, admin) => {
    if (wantsEventStream(call.request)) {
      const filter = readQuery(call.request, StreamQuery);
      return streamEvents(services, call, admin, toPageQuery(filter));
    }
    const { before, limit, ...filter } = readQuery(call.request, EventsQuery);
    const query = toPageQuery(filter);
    if (query === null) return json(call, 200, { events: [], next_before: null });
    const page = await services.ledger.pageEvents({ ...query, order: "newest_first", before, limit });
    return json(call, 200, { events: page.events.map(eventJson), next_before: page.more ? page.reached : null });
  }),
};

const Explanation = z.object({
  id: z.string(),
  session: z
    .object({
      sid: z.string(),
      subject: z.string(),
      username: z.string().nullable(),
      transport: z.enum(["cookie", "bearer"]),
      opened: z.int(),
      expires: z.int().describe("At the latest."),
      ended: z.int().nullable(),
      end_reason: z.string().nullable().describe("Half a sentence."),
    })
    .nullable(),
  timeline: z.array(
    z.object({
      at: z.int(),
      type: z.string(),
      what: z.string().describe("In plain words."),
      request_id: z.string().nullable(),
      remote_address: z.string().nullable(),
      user_agent: z.string().nullable(),
      actor: z.string().nullable(),
    }),
  ),
  left_out: z.int().describe("How many events of its middle are not in the timeline."),
});

/** `GET /admin/events/explain/{id}`: what happened to a session, or why a request was refused. */
export const adminExplain: Route = {
  method: "GET",
  path: `${PATHS.adminExplain}/:id`,
  about: {
    operation: "adminExplain",
    summary: "Tells what happened to a session, or why a request was refused, in plain words.",
    access: "admin",
    answers: { 200: Explanation },
    errors: ["not_found"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const id = call.params["id"] ?? "";
    const explanation = id.length > 255 ? null : await explain(services.ledger, id);
    if (explanation !== null) return json(call, 200, explanationJson(explanation, seconds));
    const sentence = "The ledger knows no session and no request of that id. Ids look like ses_… and req_….";
    return refuse(services, call, { code: "not_found", reason: "unknown_session", sentence });
  }),
};
