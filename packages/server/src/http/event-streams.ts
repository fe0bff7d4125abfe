import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "@counterfoil/core";
import type { Services } from "../services.ts";
import { accepts } from "./accept.ts";
import type { AnswerHeaders } from "./answer.ts";
import type { Call } from "./call.ts";
import { refuse } from "./refusal.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** Whether the answer is to be a stream of server-sent events. */
export function wantsEventStream(request: { readonly headers: Pick<Headers, "get"> }): boolean {
  return accepts(request, "text/event-stream");
}

/** Where the reader was when its connection was lost, in its own words; `null` for a first connection. */
export function lastEventId(request: { readonly headers: Pick<Headers, "get"> }): string | null {
  return request.headers.get("last-event-id");
}

export function eventStreamHeaders(call: Call): AnswerHeaders {
  return {
    ...SECURITY_HEADERS,
    "Content-Type": "text/event-stream; charset=utf-8",
    // Else nginx keeps what is sent until its buffer is full.
    "X-Accel-Buffering": "no",
    "Request-Id": call.context.requestId,
    ...call.answerHeaders,
  };
}

/**
 * What a stream is made of: the text to send next, which is empty where there is nothing yet. `null` ends it.
 *
 * @param heartbeat whether nothing was sent for so long that something should be, if only a comment
 */
export type StreamSource = (heartbeat: boolean) => Promise<string | null>;

const POLL_MS = 250;
/** Below the shortest idle time of usual proxies. */
const HEARTBEAT_POLLS = 40;
const LIMIT = 32;

/**
 * The streams of server-sent events that are open. A stream is asked for what comes next only while its reader takes
 * what it is sent, so a slow one costs no memory: what it has not taken is still in the ledger.
 */
export class EventStreams {
  readonly #ending: AbortSignal;
  #open = 0;

  /** @param ending ends those that are open, and each that is asked for from then on */
  constructor(ending: AbortSignal) {
    this.#ending = ending;
  }

  /** Answers with a stream; with 503 where as many are open as a process has room for. */
  answer(services: Services, call: Call, source: StreamSource): Response {
    if (this.#open >= LIMIT) {
      const sentence = `Too many event streams are open here (${LIMIT}): close one that is not needed.`;
      return refuse(services, call, { code: "overloaded", reason: "event_streams_full", sentence });
    }
    const headers = eventStreamHeaders(call);
    return new Response(call.request.method === "HEAD" ? null : this.#stream(services, call, source), { headers });
  }

  #stream(services: Services, call: Call, source: StreamSource): ReadableStream<Uint8Array> {
    this.#open++;
    const gone = new AbortController();
    const over = AbortSignal.any([gone.signal, this.#ending]);
    const close = () => {
      if (!gone.signal.aborted) this.#open--;
      gone.abort();
    };
    let first = true;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          // At once, so that the reader knows that it is connected.
          const text = first ? ":\n\n" : await nextText(services, call, source, over);
          first = false;
          if (gone.signal.aborted) return;
          if (text === null) {
            close();
            controller.close();
          } else controller.enqueue(new TextEncoder().encode(text));
        },
        cancel: close,
      },
      { highWaterMark: 0 },
    );
  }
}

/** Waits until there is something to send; `null` where the stream is over. */
async function nextText(
  services: Services,
  call: Call,
  source: StreamSource,
  over: AbortSignal,
): Promise<string | null> {
  try {
    for (let polls = 1; !over.aborted; polls++) {
      const text = await source(polls % HEARTBEAT_POLLS === 0);
      if (text !== "") return text;
      await sleep(POLL_MS, undefined, { signal: over }).catch(() => undefined);
    }
  } catch (error) {
    // The reader asks again, and is then told what is wrong.
    const { method, route, context } = call;
    const status = error instanceof StoreError ? 503 : 500;
    if (!over.aborted) services.notice({ type: "fault", method, route, status, error, context });
  }
  return null;
}
