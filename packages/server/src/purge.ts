import type { Ledger, Purged } from "@counterfoil/core";

/** A server that is often started again purges all the same. */
const FIRST_MS = 2_000;
const INTERVAL_MS = 60_000;
const BATCH = 500;
const DAY_SECONDS = 24 * 3600;

/** A day, so that whoever was signed out can still ask `explain` why; the events stay longer. */
const KEEP_ENDED_SESSIONS_SECONDS = DAY_SECONDS;
const KEEP_EVENTS_SECONDS = 90 * DAY_SECONDS;

/** Deletes what is dead, a small batch at a time with pauses, so that nobody waits behind it. */
export function startPurge(
  ledger: Ledger,
  onPurged: (purged: Purged) => void,
  onFault: (error: unknown) => void,
): AsyncDisposable {
  let timer: NodeJS.Timeout;
  let running: Promise<void> = Promise.resolve();
  const schedule = (milliseconds: number) => {
    timer = setTimeout(() => {
      running = run();
    }, milliseconds).unref();
  };
  const run = async () => {
    let more = false;
    try {
      const purged = await ledger.purge({
        limit: BATCH,
        keepEndedSessionsSeconds: KEEP_ENDED_SESSIONS_SECONDS,
        keepEventsSeconds: KEEP_EVENTS_SECONDS,
      });
      onPurged(purged);
      more = Object.values(purged).some((count) => count === BATCH);
    } catch (error) {
      onFault(error);
    }
    if (!closed) schedule(more ? PAUSE_MS : INTERVAL_MS);
  };
  let closed = false;
  schedule(FIRST_MS);
  return {
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Between two batches: the ledger is mostly free while there is much to delete. */
const PAUSE_MS = 100;
