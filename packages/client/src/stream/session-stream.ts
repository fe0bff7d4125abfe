import { elapsedMs, now } from "../clock.ts";
import { backOffMs } from "../server/back-off.ts";
import { pause } from "../server/pause.ts";
import { retryAfterOf } from "../server/server.ts";

export interface StreamListener {
  /** The version that the user's claims have. */
  readonly onVersion: (version: number) => void;
  readonly onEnd: (sid: string, reason: string | null) => void;
  /** The cookie is no longer taken: to ask what that means, before the stream is asked for again. */
  readonly onRefused: () => Promise<unknown>;
}

export interface SessionStream {
  /** Settled when the signal is aborted. */
  readonly done: Promise<void>;
  /** The server is back, or the machine was asleep: opens the stream at once, unless it is there and was just heard. */
  readonly poke: () => void;
}

/** The server says something every 15 s: after two that were missed nobody is at the other end. */
const SILENCE_MS = 35_000;
const RECENT_MS = 16_000;
/** Less than a server's functions may run, where those are short-lived. */
const LASTING_MS = 5_000;

/** Follows `GET /me/stream` until the signal is aborted, over as many connections as it takes. It never throws. */
export function followSessionStream(url: string, signal: AbortSignal, listener: StreamListener): SessionStream {
  let connection = new AbortController();
  let heard = now();
  let faults = 0;
  let waiting = false;

  function tell(event: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(event)?.[1];
    const version = field("id");
    if (version !== undefined) listener.onVersion(Number(version));
    if (field("event") !== "session-ended") return;
    const { sid, reason } = JSON.parse(field("data") ?? "{}") as { readonly sid: string; readonly reason?: string };
    listener.onEnd(sid, reason ?? null);
  }

  /** One connection, as long as it is good; how many seconds the server wants to be left alone. */
  async function connect(): Promise<number | null> {
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const { signal: given } = connection;
    const hear = () => {
      heard = now();
      clearTimeout(watchdog);
      watchdog = setTimeout(() => connection.abort(), SILENCE_MS);
    };
    hear();
    const opened = heard;
    try {
      // Not `EventSource`: it tells neither the status of a refusal nor the silence of a connection that is dead.
      const response = await fetch(url, {
        credentials: "include",
        redirect: "error",
        headers: { Accept: "text/event-stream" },
        signal: AbortSignal.any([signal, given]),
      });
      if (response.status === 401) await listener.onRefused();
      if (!response.ok || response.body === null) return retryAfterOf(response);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one piece after the other
        const { done, value } = await reader.read();
        if (done) return null;
        hear();
        const events = (rest + value).split("\n\n");
        rest = events.pop() ?? "";
        events.forEach(tell);
      }
    } catch {
      return null;
    } finally {
      clearTimeout(watchdog);
      // What ends as soon as it has begun, as a proxy's page does, is a fault, whatever it says.
      if (heard !== opened && elapsedMs(opened) > LASTING_MS) faults = 0;
    }
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      const retryAfterSeconds = await connect();
      connection = new AbortController();
      waiting = true;
      // oxlint-disable-next-line no-await-in-loop -- in between, a while
      await pause(backOffMs(faults++, retryAfterSeconds), AbortSignal.any([signal, connection.signal]));
      waiting = false;
      connection = new AbortController();
    }
  }

  return {
    done: follow(),
    poke() {
      if (waiting || elapsedMs(heard) > RECENT_MS) connection.abort();
    },
  };
}
