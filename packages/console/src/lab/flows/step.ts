import type { Outcome, Refused } from "@counterfoil/client";
import { bodyOf } from "../exchange/exchange.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Why } from "../exchange/why.ts";

/** What went over the wire so far, each by the name that the flow gives it. */
export type Heard = Readonly<Record<string, Exchange>>;

/** One arrow of a sequence diagram: one half of an exchange, from one lane to another. */
export interface Arrow {
  /** Lanes are counted from 0, from the left. */
  readonly from: number;
  readonly to: number;
  /** As it stands before anything was sent; afterwards it is the exchange’s own line. */
  readonly label: string;
  /** The exchange’s name in {@link Heard}; `null` for one that this page has not seen. */
  readonly of: string | null;
  readonly part: "request" | "answer";
  readonly why?: Why;
}

/** One step of a flow. */
export interface Step {
  /** The lesson’s words, where it has some. */
  readonly title: string;
  readonly text: string;
  readonly arrows: readonly Arrow[];
  /** What happens inside of a lane, in a sentence; `null` as long as there is nothing to say. */
  readonly inside?: { readonly lane: number; readonly say: (heard: Heard) => string | null };
  /** The exchange that shows what is inside. */
  readonly shows?: { readonly of: string; readonly label: string; readonly why: Why };
  /** Done only when it is asked for by this name, and never by “Run all”. */
  readonly onlyAs?: string;
  /** Sends what there is to send. */
  readonly run?: (heard: Heard) => Promise<Outcome<{ readonly heard: Heard }>>;
}

export interface Flow {
  readonly lanes: readonly string[];
  readonly steps: readonly Step[];
}

/** Adds an exchange to what was heard; refused where its status is another than the flow is about. */
export function hear(
  heard: Heard,
  name: string,
  exchange: Exchange,
  status: number,
): Outcome<{ readonly heard: Heard }> {
  if (exchange.answer?.status === status) return { ok: true, heard: { ...heard, [name]: exchange } };
  return unexpected(exchange);
}

/** What is said where the flow cannot go on: the server’s own sentence, or that it is away. */
function unexpected(exchange: Exchange): Refused {
  const { error } = bodyOf(exchange);
  const said =
    typeof error === "string" ? `The server answered ${exchange.answer?.status}: ${error}` : "No answer came.";
  return {
    ok: false,
    code: "unavailable",
    error: `${said} Press the button again to repeat this step.`,
    retryAfterSeconds: null,
  };
}

/** The cookie that a sign-in set, as `name=value`; `null` where it set none. */
export function cookieSetBy({ answer }: Exchange): string | null {
  const [, value] = answer?.headers.find(([name]) => name.toLowerCase() === "set-cookie") ?? [];
  return value?.split(";", 1)[0] ?? null;
}

/** The cookie that a request carried. */
export function cookieSentIn({ request }: Exchange): string | null {
  return request.headers.find(([name]) => name.toLowerCase() === "cookie")?.[1] ?? null;
}

/** A text member of an answer; empty where there is none. */
export function memberOf(exchange: Exchange | undefined, name: string): string {
  const value = exchange && bodyOf(exchange)[name];
  return typeof value === "string" ? value : "";
}
