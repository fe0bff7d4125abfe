import type { Outcome, Refused } from "@counterfoil/client";
import { refusalIn, UNREACHABLE } from "../../api/answer.ts";
import { FACTS } from "../../facts.ts";
import { BASE_PATH } from "../../place.ts";
import { RunFailed } from "../run/run.ts";

export type Header = readonly [name: string, value: string];

/** The server, or the demonstration's sample API. */
export type Target = "server" | "api";

/** A request that the demonstration is to send, as a client without a browser does: no cookie of this browser goes along. */
export interface ExchangeWish {
  readonly target: Target;
  readonly method: string;
  /** Below the target's address; begins with a slash. */
  readonly path: string;
  readonly headers?: readonly Header[];
  /** Text, such as JSON; its `Content-Type` is one of the headers. */
  readonly body?: string;
  /** Hangs up as soon as it is sent: the answer is `null`. */
  readonly lose_answer?: boolean;
}

/** One request and its answer, as they went over the wire. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: readonly Header[];
    readonly body: string;
  };
  /** `null` where none came. */
  readonly answer: { readonly status: number; readonly headers: readonly Header[]; readonly body: string } | null;
  readonly duration_ms: number;
}

/** For the whole answer: some of what is measured takes ten seconds, and more on a busy machine. */
const PATIENCE_MS = 60_000;

/** What is said where nothing of the demonstration answers. */
export const AWAY = "The server is out of reach. Try again when it is back.";
export const OUT_OF_REACH: Refused = { ...UNREACHABLE, error: AWAY };

const JSON_BODY: Header = ["Content-Type", "application/json"];

/** The members of a wish that send this as JSON, with an access or refresh token in `Authorization` where one is given. */
export function sending(
  body: object | null,
  token: string | null = null,
  more: readonly Header[] = [],
): Pick<ExchangeWish, "headers" | "body"> {
  return {
    headers: [
      ...(token === null ? [] : [["Authorization", `Bearer ${token}`] as const]),
      ...(body === null ? [] : [JSON_BODY]),
      ...more,
    ],
    ...(body !== null && { body: JSON.stringify(body) }),
  };
}

/** Has one request sent; that it was refused is no refusal here. */
export async function runExchange(wish: ExchangeWish): Promise<Outcome<{ readonly exchange: Exchange }>> {
  const asked = await askLab("POST", "exchanges", wish);
  return asked.ok ? { ok: true, exchange: asked.value as Exchange } : asked;
}

/** What came of the same request, sent many times at once. */
export interface Storm {
  readonly exchanges: readonly Exchange[];
  readonly duration_ms: number;
}

/** Has the same request sent `count` (2 to 100) times at once, which a browser would send six at a time. */
export async function runStorm(count: number, wish: ExchangeWish): Promise<Outcome<{ readonly storm: Storm }>> {
  const asked = await askLab("POST", "storms", { count, exchange: wish });
  return asked.ok ? { ok: true, storm: asked.value as Storm } : asked;
}

/**
 * Sends a request from this page, by the browser and with its cookies, and reads how it arrived and was answered: the
 * cookies too, which no script can see. `path` begins with a slash.
 *
 * @throws RunFailed where the target is out of reach
 */
export async function tracedFetch(
  target: Target,
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly response: Response; readonly exchange: Exchange }> {
  const id = randomName();
  const headers = new Headers(init.headers);
  headers.set("Lab-Trace", id);
  const url = urlOf(target, path);
  const startedAt = performance.now();
  const response = await fetch(url, { redirect: "error", ...init, method, headers }).catch(() => null);
  if (response === null) throw new RunFailed(AWAY);
  const duration = performance.now() - startedAt;
  const trace = await traceOf(id).catch(() => null);
  if (trace !== null) return { response, exchange: trace };
  // It was not kept: what a script sees of it.
  const body = typeof init.body === "string" ? init.body : "";
  const exchange: Exchange = {
    request: { method, url, headers: [...headers], body },
    answer: { status: response.status, headers: [...response.headers], body: await response.clone().text() },
    duration_ms: Math.round(duration * 10) / 10,
  };
  return { response, exchange };
}

/**
 * How a request arrived that was sent under a name; `null` where nothing came under it.
 *
 * @throws RunFailed where nobody can tell
 */
export async function traceOf(name: string): Promise<Exchange | null> {
  const trace = await askLab("GET", `traces/${name}`);
  if (trace.ok) return trace.value as Exchange;
  if (trace.code === "not_found") return null;
  throw new RunFailed(trace.error);
}

/** The whole address of a path. */
export function urlOf(target: Target, path: string): string {
  return target === "api"
    ? `${FACTS.apiUrl ?? ""}${path}`
    : new URL(BASE_PATH + path.replace(/^\//, ""), location.href).href;
}

/** An answer's body where it is a JSON object; else one without members. */
export function bodyOf({ answer }: Exchange): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(answer?.body ?? "{}");
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/** Asks one of the Lab's own routes, below `/lab/`. */
export async function askLab(
  method: "GET" | "POST",
  path: string,
  body?: object,
): Promise<Outcome<{ readonly value: unknown }>> {
  try {
    const response = await fetch(`${BASE_PATH}lab/${path}`, {
      method,
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    return response.ok ? { ok: true, value: await response.json() } : await refusalIn(response);
  } catch {
    return OUT_OF_REACH;
  }
}

/** A name that nobody guesses, in hexadecimal digits. */
export function randomName(length = 12): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
