import { pause } from "./until.ts";
import { NEW_RUN, RunFailed, untimed } from "./run.ts";
import type { Report, Run, Step, Verdict } from "./run.ts";

export interface RunsState {
  /** By the name of what was run, the last time of each. */
  readonly runs: Readonly<Record<string, Run>>;
  /** The one that is under way. */
  readonly running: string | null;
}

const TICK_MS = 200;

/** A request of this browser's own has failed, mostly: what it asked is away. */
const UNFINISHED = "It could not be finished: the server may be away. Press the button again when it is back.";

/** What was run, outside of React: it goes on, and stays, while another part of the Lab is looked at. */
class Runs {
  #state: RunsState = { runs: {}, running: null };
  #stopped = false;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): RunsState => this.#state;

  /** One at a time: each measures something, and would measure the other. */
  async start(name: string, action: (report: Report) => Promise<void>): Promise<void> {
    if (this.#state.running !== null) return;
    this.#stopped = false;
    this.#set({ running: name, runs: { ...this.#state.runs, [name]: NEW_RUN } });
    try {
      await action(this.#report(name));
    } catch (error) {
      const sentence = error instanceof RunFailed ? error.message : UNFINISHED;
      this.#edit(name, ({ steps }) => ({
        failed: true,
        steps: [...steps, { sentence, verdict: null, measured: null }],
      }));
      if (!(error instanceof RunFailed)) throw error;
    } finally {
      this.#edit(name, () => ({ running: false, wait: null }));
      this.#set({ running: null });
    }
  }

  /** Ends the waiting of what is under way. */
  stopWaiting(): void {
    this.#stopped = true;
  }

  #report(name: string): Report {
    const edit = (change: (run: Run) => Partial<Run>) => this.#edit(name, change);
    const step = (sentence: string, verdict: Verdict | null, measured: Step["measured"] = null) =>
      edit(({ steps }) => ({ steps: [...steps, { sentence, verdict, measured }] }));
    return {
      say: (sentence) => step(sentence, null),
      judge: (refused, sentence) => step(sentence, refused === null ? null : refused ? "refused" : "works"),
      measure: (what, ms, boundMs = null) =>
        ms === null ? step(untimed(what), null) : step(what, null, { ms: Math.round(ms), boundMs }),
      figure: (place, text) => edit(({ figures }) => ({ figures: { ...figures, [place]: text } })),
      keep: (exchange) => edit(({ exchanges }) => ({ exchanges: [...exchanges, exchange] })),
      wait: async (what, ms) => {
        const startedAt = performance.now();
        for (;;) {
          const passedMs = Math.min(ms, performance.now() - startedAt);
          if (this.#stopped || passedMs === ms) break;
          edit(() => ({ wait: { what, ms, passedMs } }));
          await pause(TICK_MS);
        }
        edit(() => ({ wait: null }));
        return !this.#stopped;
      },
    };
  }

  #edit(name: string, change: (run: Run) => Partial<Run>): void {
    const run = this.#state.runs[name];
    if (run !== undefined) this.#set({ runs: { ...this.#state.runs, [name]: { ...run, ...change(run) } } });
  }

  #set(changes: Partial<RunsState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

/** One for the page. */
export const runs = new Runs();
