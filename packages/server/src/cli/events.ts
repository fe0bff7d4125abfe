import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigurationError, EVENT_TYPES, isoTime, parseSid, parseSubject, StoreError } from "@counterfoil/core";
import type { EventPageQuery, Ledger, LedgerEvent, Subject } from "@counterfoil/core";
import type { Command } from "commander";
import { renderEvent } from "../explain/explain.ts";
import { eventJson } from "../http/event-json.ts";
import { printableJsonLine } from "../printable.ts";
import { untilStopped } from "../serve/stop.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { askedWrongly, shown } from "./failure.ts";
import { wholeNumber } from "./number.ts";
import { isJson } from "./print.ts";
import type { Flags } from "./print.ts";
import { findNamed, noSuchUser } from "./users/named-user.ts";
import { withLedger } from "./with-ledger.ts";

interface EventFlags extends Flags {
  readonly type?: string;
  readonly user?: string;
  readonly session?: string;
  readonly request?: string;
  readonly limit: number;
  readonly follow?: true;
  readonly json?: true;
}

export function addEvents(program: Command): void {
  const command = program
    .command("events")
    .description("read the event log: who did what, from where, and why it was refused; the newest comes last")
    .option("--type <types>", "only of these types, separated by commas: session_opened,refused")
    .option("--user <name>", "only this user's: a user name, or a subject (usr_…)")
    .option("--session <sid>", "only this session's (ses_…)")
    .option("--request <id>", "only of this request (req_…)")
    .option("--limit <number>", "how many at the most, before those that follow", wholeNumber(0, 100_000), 50)
    .option("--follow", "go on with those to come, until Ctrl+C")
    .option("--json", "as JSON, one line an event");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(events);
}

const FOLLOW_MS = 250;
/** Between two tries, while the ledger is out of reach. */
const RETRY_MS = 1_000;
const PAGE = 500;

type Filter = Omit<EventPageQuery, "order" | "limit">;

async function events(flags: EventFlags): Promise<void> {
  if (flags.limit === 0 && flags.follow !== true) {
    return askedWrongly("--limit must be a whole number from 1 to 100000; 0 goes with --follow.", isJson(flags));
  }
  if (flags.request === "") return askedWrongly("--request must be a request's id (req_…).", isJson(flags));
  const named = flags.type?.split(",");
  const types = named?.flatMap((name) => EVENT_TYPES.find((type) => type === name) ?? []);
  const strange = named?.find((name) => !EVENT_TYPES.some((type) => type === name));
  if (strange !== undefined) {
    const sentence = `--type: there is no ${JSON.stringify(strange)}. There are ${EVENT_TYPES.join(", ")}.`;
    return askedWrongly(sentence, isJson(flags));
  }
  const sid = flags.session === undefined ? undefined : parseSid(flags.session);
  if (sid === null) return askedWrongly("--session must be a session id: they look like ses_….", isJson(flags));
  const stopping = new AbortController();
  const { signal } = stopping;
  void untilStopped().then(() => stopping.abort());
  const read = await withLedger(flags, async (ledger) => {
    const subject = flags.user === undefined ? undefined : await subjectOf(ledger, flags.user);
    if (subject === null) return null;
    const filter: Filter = { types, sid, subject, requestId: flags.request };
    const { settled: place } = await ledger.eventHorizon();
    const found = await readLast(ledger, filter, place, flags.limit, signal);
    for (const event of found) await write(event, flags, signal);
    if (found.length === 0 && flags.follow !== true && !isJson(flags)) process.stdout.write("No event matches.\n");
    return { filter, place };
  });
  if (read === null) noSuchUser(flags.user ?? "", flags);
  else if (flags.follow === true) await follow(flags, read.filter, read.place, signal);
}

/** A deleted user's events are there still, under a subject that nobody else is given. */
async function subjectOf(ledger: Ledger, name: string): Promise<Subject | null> {
  return (await findNamed(ledger, name))?.subject ?? (SUBJECT.test(name) ? parseSubject(name) : null);
}

/** As they are made here: an application's own may have any form, and then it is asked for by the user's name. */
const SUBJECT = /^usr_[A-Za-z0-9_-]{22}$/;

/** The last of those up to `place`, the newest of them last. */
async function readLast(
  ledger: Ledger,
  filter: Filter,
  place: number,
  limit: number,
  over: AbortSignal,
): Promise<readonly LedgerEvent[]> {
  const found: LedgerEvent[] = [];
  let before = place + 1;
  for (let more = true; more && found.length < limit && !over.aborted;) {
    const wanted = Math.min(PAGE, limit - found.length);
    const page = await ledger.pageEvents({ ...filter, order: "newest_first", before, limit: wanted });
    found.push(...page.events);
    before = page.reached ?? before;
    ({ more } = page);
  }
  return found.toReversed();
}

/** Goes on where it was, whatever becomes of the ledger meanwhile: it is opened again until it can be read. */
async function follow(flags: EventFlags, filter: Filter, from: number, over: AbortSignal): Promise<void> {
  let place = from;
  let outOfReach = false;
  while (!over.aborted) {
    try {
      await withLedger(flags, async (ledger) => {
        // A ledger that was put back from a backup has not come as far as the one before.
        place = Math.min(place, (await ledger.eventHorizon()).newest);
        outOfReach = false;
        while (!over.aborted) {
          const page = await ledger.pageEvents({ ...filter, order: "oldest_first", after: place, limit: PAGE });
          for (const event of page.events) await write(event, flags, over);
          place = page.reached ?? place;
          if (!page.more) await pause(FOLLOW_MS, over);
        }
      });
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof ConfigurationError)) throw error;
      if (!outOfReach) process.stderr.write(`counterfoil: ${shown(error.message)} Trying again until Ctrl+C.\n`);
      outOfReach = true;
      await pause(RETRY_MS, over);
    }
  }
}

async function pause(milliseconds: number, over: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: over }).catch(() => undefined);
}

/** Waits where whoever reads is slower. */
async function write(event: LedgerEvent, { json }: EventFlags, over: AbortSignal): Promise<void> {
  if (over.aborted) return;
  const text = json === true ? printableJsonLine({ ...eventJson(event), at: isoTime(event.at) }) : renderEvent(event);
  if (!process.stdout.write(text)) await once(process.stdout, "drain", { signal: over }).catch(() => undefined);
}
