import type { Ledger, LedgerEvent, SessionRecord, Sid } from "@counterfoil/core";
import { isoTime, parseSid } from "@counterfoil/core";
import { printable, printableJson } from "../printable.ts";
import { endSentence, sentence } from "./sentences.ts";

/** What there is to tell of a session or a request. */
export interface Explanation {
  readonly id: string;
  readonly session: SessionSummary | null;
  /** The oldest first. Of a long one its beginning, its end, and what the request did that was asked about. */
  readonly timeline: readonly TimelineEntry[];
  /** How many of its middle are not in it. */
  readonly leftOut: number;
}

export interface SessionSummary {
  readonly sid: Sid;
  readonly subject: string;
  readonly username: string | null;
  readonly transport: string;
  /** Milliseconds since the epoch, as are all instants here. */
  readonly opened: number;
  readonly expires: number;
  readonly ended: number | null;
  /** Half a sentence. */
  readonly endReason: string | null;
}

export interface TimelineEntry {
  readonly at: number;
  readonly type: string;
  readonly what: string;
  readonly requestId: string | null;
  readonly remoteAddress: string | null;
  readonly userAgent: string | null;
  /** Who did it, where that is not the user. */
  readonly actor: string | null;
}

/** How much of a long timeline is told. A client in a loop writes some hundred thousand events a day. */
const BEGINNING = 100;
const END = 900;
/** Of the request that was asked about: it has a handful. */
const ASKED = 100;
const PAGE = 1_000;

/** The timeline of a session (`ses_…`), or of the session that a request (`req_…`) was about; `null` for neither. */
export async function explain(ledger: Ledger, id: string): Promise<Explanation | null> {
  const sid = parseSid(id);
  if (sid !== null) return explainSession(ledger, sid, id);
  const events = await ledger.readEvents({ requestId: id, limit: ASKED });
  if (events.length === 0) return null;
  const about = events.find((event) => event.sid !== null)?.sid ?? null;
  if (about !== null) return explainSession(ledger, about, id);
  return { id, session: null, timeline: events.map(entry), leftOut: 0 };
}

async function explainSession(ledger: Ledger, sid: Sid, id: string): Promise<Explanation | null> {
  const [record, { events, leftOut }] = await Promise.all([ledger.readSession(sid), readTimeline(ledger, sid, id)]);
  if (record === null && events.length === 0) return null;
  return { id, session: record && summary(record), timeline: events.map(entry), leftOut };
}

/** Read to its end, which says why the session ended, and never all of it at once. */
async function readTimeline(
  ledger: Ledger,
  sid: Sid,
  id: string,
): Promise<{ readonly events: readonly LedgerEvent[]; readonly leftOut: number }> {
  const beginning: LedgerEvent[] = [];
  const asked: LedgerEvent[] = [];
  const end: LedgerEvent[] = [];
  let leftOut = 0;
  let page: readonly LedgerEvent[];
  let after = 0;
  do {
    page = await ledger.readEvents({ sid, after, limit: PAGE });
    const room = BEGINNING - beginning.length;
    beginning.push(...page.slice(0, room));
    end.push(...page.slice(room));
    for (const event of end.splice(0, Math.max(0, end.length - END))) {
      if (event.context?.requestId === id && asked.length < ASKED) asked.push(event);
      else leftOut++;
    }
    after = page.at(-1)?.id ?? after;
  } while (page.length === PAGE);
  // Some are written a little after they happened; the numbers are in the order of writing.
  return { events: [...beginning, ...asked, ...end].toSorted((left, right) => left.at - right.at), leftOut };
}

function summary({ session, endedAt, endReason }: SessionRecord): SessionSummary {
  const { sid, subject, username, transport, createdAt, expiresAt } = session;
  return {
    sid,
    subject,
    username,
    transport,
    opened: createdAt,
    expires: expiresAt,
    ended: endedAt,
    endReason: endReason && endSentence(endReason),
  };
}

function entry({ at, body, context }: LedgerEvent): TimelineEntry {
  return {
    at,
    type: body.type,
    what: sentence(body),
    requestId: context?.requestId ?? null,
    remoteAddress: context?.remoteAddress ?? null,
    userAgent: context?.userAgent ?? null,
    actor: context?.actor ?? null,
  };
}

/** The explanation as a person reads it. */
export function render({ id, session, timeline, leftOut }: Explanation): string {
  const lines: string[] = [];
  if (session !== null) {
    const state =
      session.ended === null
        ? `live, until ${isoTime(session.expires)} at the latest`
        : `ended ${isoTime(session.ended)}: ${session.endReason}`;
    const whose = printable(session.username ?? session.subject);
    lines.push(`Session ${session.sid} of ${whose}, by ${session.transport}: ${state}.`, "");
  }
  for (const [index, { at, what, requestId, remoteAddress, userAgent, actor }] of timeline.entries()) {
    if (leftOut > 0 && index === BEGINNING) lines.push(`  ... ${leftOut} events are left out here ...`);
    const mark = requestId !== null && requestId === id ? ">" : " ";
    lines.push(`${mark} ${isoTime(at)}  ${printable(what)}`);
    lines.push(...whereabouts([actor && `by ${actor}`, remoteAddress, userAgent, requestId]));
  }
  return `${lines.join("\n")}\n`;
}

/** One event of many, as a person reads it. */
export function renderEvent(event: LedgerEvent): string {
  const { at, what, requestId, remoteAddress, userAgent, actor } = entry(event);
  const { subject, sid } = event;
  const where = whereabouts([subject, sid, actor && `by ${actor}`, remoteAddress, userAgent, requestId]);
  return `${[`  ${isoTime(at)}  ${printable(what)}`, ...where].join("\n")}\n`;
}

function whereabouts(parts: readonly (string | null)[]): readonly string[] {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? [] : [`${" ".repeat(28)}${printable(known.join(" · "))}`];
}

/**
 * The explanation as a program reads it.
 *
 * @param instant what milliseconds since the epoch become
 */
export function explanationJson<Instant>(
  { id, session, timeline, leftOut }: Explanation,
  instant: (milliseconds: number) => Instant,
) {
  return {
    id,
    session: session && sessionJson(session, instant),
    timeline: timeline.map((each) => timelineJson(each, instant)),
    left_out: leftOut,
  };
}

function sessionJson<Instant>(
  { opened, expires, ended, endReason, ...rest }: SessionSummary,
  instant: (milliseconds: number) => Instant,
) {
  return {
    ...rest,
    opened: instant(opened),
    expires: instant(expires),
    ended: ended === null ? null : instant(ended),
    end_reason: endReason,
  };
}

function timelineJson<Instant>(
  { at, requestId, remoteAddress, userAgent, ...rest }: TimelineEntry,
  instant: (milliseconds: number) => Instant,
) {
  return { at: instant(at), ...rest, request_id: requestId, remote_address: remoteAddress, user_agent: userAgent };
}

/** For the command line, with ISO 8601: the same text to whoever parses it, and harmless to a terminal. */
export function renderJson(explanation: Explanation): string {
  return printableJson(explanationJson(explanation, isoTime));
}
