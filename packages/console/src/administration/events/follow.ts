import { isOutOfReach } from "../../api/answer.ts";
import { askQuietly } from "../../api/api.ts";
import { BASE_PATH } from "../../place.ts";
import type { LoggedEvent } from "./event.ts";
import { ServerEventReader } from "./server-events.ts";

export type FollowState =
  | { readonly status: "connecting" | "following" | "cut" | "needs_password" }
  | { readonly status: "refused"; readonly error: string };

export interface Follower {
  readonly events: (events: readonly LoggedEvent[]) => void;
  readonly state: (state: FollowState) => void;
}

/** The server says something every ten seconds; a connection that is silent for longer is dead. */
const SILENCE_MS = 30_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * Follows the event log, and goes on where it was when it is cut off, until it is aborted or refused.
 *
 * @param query what `GET /admin/events` takes in a stream
 */
export async function follow(query: URLSearchParams, { events, state }: Follower, over: AbortSignal): Promise<void> {
  let place: string | null = null;
  let wait = FIRST_WAIT_MS;
  state({ status: "connecting" });
  while (!over.aborted) {
    const reader = new ServerEventReader();
    const connected = await readStream(query, place, over, (piece) => {
      wait = FIRST_WAIT_MS;
      state({ status: "following" });
      const read = reader.read(piece);
      place = read.findLast(({ id }) => id !== null)?.id ?? place;
      const logged = read.flatMap(({ data }) => (data === null ? [] : [JSON.parse(data) as LoggedEvent]));
      if (logged.length > 0) events(logged);
    });
    if (over.aborted) return;
    if (connected === "refused") {
      const refusal = await whyRefused();
      if (refusal !== null) {
        state(refusal);
        return;
      }
    }
    state({ status: "cut" });
    await pause(wait, over);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

async function readStream(
  query: URLSearchParams,
  place: string | null,
  over: AbortSignal,
  heard: (piece: string) => void,
): Promise<"cut" | "refused"> {
  const dead = new AbortController();
  let silence = setTimeout(() => dead.abort(), SILENCE_MS);
  try {
    const response = await fetch(`${BASE_PATH}admin/events?${query}`, {
      headers: { Accept: "text/event-stream", ...(place !== null && { "Last-Event-ID": place }) },
      redirect: "error",
      signal: AbortSignal.any([over, dead.signal]),
    });
    if (!response.ok || response.body === null) return "refused";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- as it comes
      const { done, value } = await reader.read();
      if (done) return "cut";
      clearTimeout(silence);
      silence = setTimeout(() => dead.abort(), SILENCE_MS);
      heard(value);
    }
  } catch {
    return "cut";
  } finally {
    clearTimeout(silence);
    // What was not read to its end would stay open beside the next one.
    dead.abort();
  }
}

/** As another question is answered, which also tells the page where its session is over; `null`: to be tried again. */
async function whyRefused(): Promise<FollowState | null> {
  const answer = await askQuietly("GET", "admin/events?limit=1");
  if (answer.ok || isOutOfReach(answer)) return null;
  if (answer.code === "reauthentication_required") return { status: "needs_password" };
  return { status: "refused", error: answer.error };
}

function pause(milliseconds: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      over.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    over.addEventListener("abort", end);
  });
}
