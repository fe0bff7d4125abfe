import { FACTS } from "../../facts.ts";
import { randomName, traceOf } from "../exchange/exchange.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { RunFailed } from "../run/run.ts";

/** What a page of another site tries; each is a request that the visitor's browser is to send. */
export type Way = "form" | "simple" | "json" | "read";

/** How it looked to that page: the answer read, sent without an answer to read, or stopped by the browser. */
export type Seen = "answered" | "sent" | "blocked";

export interface Tried {
  readonly seen: Seen;
  /** What came to the server, of it or of the browser's question before it; `null` for nothing. */
  readonly exchange: Exchange | null;
}

const PATIENCE_MS = 8_000;

/** Where the demonstration has a page of another site: to a browser, 127.0.0.1 is not localhost. */
export function otherSiteOrigin(): string {
  return `http://127.0.0.1:${new URL(FACTS.apiUrl ?? location.href).port}`;
}

/**
 * Opens a page of another site in a frame, and has it try.
 *
 * @throws RunFailed if the page does not answer, or nobody can tell what came of it
 */
export async function tryFromOtherSite(ways: readonly Way[]): Promise<ReadonlyMap<Way, Tried>> {
  const names = new Map(ways.map((way) => [way, randomName()] as const));
  const told = await askFrame(`${otherSiteOrigin()}/other-site?${new URLSearchParams([...names]).toString()}`);
  const tried = new Map<Way, Tried>();
  for (const [way, name] of names) {
    const seen = told[way];
    tried.set(way, {
      seen: seen === "answered" || seen === "sent" ? seen : "blocked",
      exchange: await traceOf(name),
    });
  }
  return tried;
}

async function askFrame(address: string): Promise<Readonly<Record<string, unknown>>> {
  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = "A page of another site";
  frame.hidden = true;
  const told = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    const listen = (event: MessageEvent<unknown>) => {
      // Any window may send a message: this frame's page alone, by its exact origin, is heard.
      if (event.origin !== otherSiteOrigin() || event.source !== frame.contentWindow) return;
      stop();
      resolve(typeof event.data === "object" && event.data !== null ? { ...event.data } : {});
    };
    const late = setTimeout(() => {
      stop();
      reject(new RunFailed(`The page of another site, at ${otherSiteOrigin()}, did not answer.`));
    }, PATIENCE_MS);
    const stop = () => {
      clearTimeout(late);
      removeEventListener("message", listen);
    };
    addEventListener("message", listen);
  });
  document.body.append(frame);
  try {
    return await told;
  } finally {
    frame.remove();
  }
}
