import { FEED_VERSION, isRevocation } from "@counterfoil/protocol";
import type { FeedOpening, Receipt, Revocation } from "@counterfoil/protocol";
import { IssuerError } from "../fetch/issuer-error.ts";
import { malformed } from "./malformed.ts";

/** The entries of one event or answer. */
export interface Entries {
  readonly known: readonly Revocation[];
  /** How many say something that this version does not understand. Each of them may be a revocation. */
  readonly unknown: number;
}

export interface Answer {
  readonly opening: FeedOpening;
  readonly entries: Entries;
  readonly receipt: Receipt;
  readonly cursor: string;
}

/**
 * Reads who speaks. The version decides first, since nothing is known of the others; members that we do not know are
 * ignored throughout.
 *
 * @param issuer whose feed was asked for
 * @throws IssuerError if nothing of what follows may be believed
 */
export function readOpening(text: string, issuer: string): FeedOpening {
  return toOpening(parseObject(text), issuer);
}

/** @throws IssuerError for what is no list */
export function readEntries(text: string): Entries {
  return toEntries(parse(text));
}

/** @throws IssuerError for what is no receipt */
export function readReceipt(text: string): Receipt {
  return toReceipt(parseObject(text));
}

/** @throws IssuerError as the three above do; nothing of a wrong answer is believed */
export function readAnswer(text: string, issuer: string): Answer {
  const answer = parseObject(text);
  const { cursor } = answer;
  const opening = toOpening(answer, issuer);
  return {
    opening,
    entries: toEntries(answer["entries"]),
    receipt: toReceipt(answer),
    cursor: readCursor(cursor, opening.timeline),
  };
}

/**
 * Where to go on. It is the server's own text, of which we know how it begins.
 *
 * @throws IssuerError if it does not: to go on there would be to read another history
 */
export function readCursor(value: unknown, timeline: string): string {
  if (typeof value === "string" && value.startsWith(`${timeline}.`) && /^[\x21-\x7e]{1,512}$/.test(value)) return value;
  throw malformed("a receipt says where to go on, on the feed's own timeline");
}

function toOpening(value: Readonly<Record<string, unknown>>, issuer: string): FeedOpening {
  const { version, timeline, complete } = value;
  if (version !== FEED_VERSION) {
    const sentence = `The feed has version ${quote(version)}; this verifier knows version ${FEED_VERSION}`;
    throw new IssuerError("unknown_version", `${sentence}: update it.`);
  }
  if (value["issuer"] !== issuer) {
    throw new IssuerError("wrong_issuer", `The feed is of the issuer ${quote(value["issuer"])}, not of "${issuer}".`);
  }
  if (typeof timeline !== "string" || timeline === "" || typeof complete !== "boolean") {
    throw malformed("the first event has a timeline and says whether it is complete");
  }
  return { version, issuer, timeline, complete };
}

function toReceipt({ ledger_time, read_at }: Readonly<Record<string, unknown>>): Receipt {
  if (!isFinite(ledger_time) || !isFinite(read_at)) throw malformed("a receipt has two times");
  return { ledger_time, read_at };
}

function toEntries(value: unknown): Entries {
  if (!Array.isArray(value)) throw malformed("entries are a list");
  const known = value.filter((entry: unknown) => isRevocation(entry));
  return { known, unknown: value.length - known.length };
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = parse(text);
  if (typeof value !== "object" || value === null) throw malformed("it is no object");
  return value as Readonly<Record<string, unknown>>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw malformed("it is no JSON", { cause });
  }
}

/** For people: what the other side sent may be anything, and long. */
function quote(value: unknown): string {
  return (JSON.stringify(value) ?? "none").slice(0, 200);
}
