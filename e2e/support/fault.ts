import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "./random.ts";

/** What can become of a request between a browser and its server. */
export type Fault =
  | "none"
  /** The server never hears of it; the connection is reset. */
  | "lose_request"
  /** The server has acted; the connection is reset instead of its answer. */
  | "lose_answer"
  /** The server gets it twice, one after the other; the browser gets the first answer, or the second. */
  | "twice_first"
  | "twice_second"
  /** Nothing comes back, ever. The server never hears of it. */
  | "swallow_request"
  /** Nothing comes back, ever. The server has acted. */
  | "swallow_answer"
  /** The proxy's own answers, in HTML as proxies have them. */
  | "bad_gateway"
  | "unavailable"
  /** A 401 that is no server's of ours: a captive portal's. */
  | "captive_portal"
  /** The head and half of the first piece of the body, and then a reset. */
  | "cut"
  /** The answer is kept until then. */
  | { readonly until: Promise<unknown> };

export type FaultName = Extract<Fault, string>;

/** A request, as the proxy sees it. */
export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
}

/** What becomes of each request. */
export type Script = (asked: Asked) => Fault;

const ALL: readonly (FaultName | "delay")[] = [
  "lose_request",
  "lose_answer",
  "twice_first",
  "twice_second",
  "swallow_request",
  "swallow_answer",
  "bad_gateway",
  "unavailable",
  "captive_portal",
  "cut",
  "delay",
];

/**
 * Faults in the order of a seed: every kind, and the same ones in each run for requests that come in the same order.
 *
 * @param share of the requests that meet one
 * @param mostDelayMs how long an answer is kept at most
 */
export function randomFaults(seed: number, share: number, mostDelayMs: number): Script {
  const random = seeded(seed);
  return ({ method }) => {
    if (random() >= share) return "none";
    const kind = ALL[Math.floor(random() * ALL.length)]!;
    // Chromium never gives up a preflight, not even with its request: six that are swallowed are all the connections
    // that it has to a host, for good.
    if (method === "OPTIONS" && kind.startsWith("swallow")) return "lose_request";
    return kind === "delay" ? { until: sleep(random() * mostDelayMs) } : kind;
  };
}
