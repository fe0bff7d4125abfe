import type { Held } from "../session/held.ts";
import type { SignedOut } from "../session/session-state.ts";

/** What the tabs of one browser tell each other. Whoever hears it never passes it on. */
export type Message =
  | { readonly type: "held"; readonly held: Held }
  | { readonly type: "over"; readonly sid: string; readonly state: SignedOut }
  /** To the leader, which answers with `held` or `nothing`. */
  | { readonly type: "ask" }
  | { readonly type: "nothing" };

/** The tabs of this browser that are of one server. Alone, where the page is in no secure context. */
export interface Tabs {
  tell(message: Message): void;
  /** Runs while no other tab runs anything here, in the order of the calls. */
  alone<T>(job: () => Promise<T>): Promise<T>;
  /** Runs in one tab of all that want to, as long as it is open and the signal is not aborted. */
  lead(signal: AbortSignal, job: () => Promise<void>): void;
  readonly leading: boolean;
  /** Whether another tab leads. */
  isLed(): Promise<boolean>;
}

/** Longer than a request takes until it is given up: a tab that stopped in between must not stop the others. */
const PATIENCE_MS = 12_000;

export function openTabs(name: string, open: AbortSignal, hear: (message: Message) => void): Tabs {
  // Outside of a secure context there are no locks, and each tab is for itself.
  const locks = navigator.locks as LockManager | undefined;
  const leader = `${name}:stream`;
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => hear(data));
  open.addEventListener("abort", () => channel.close());
  let leading = false;
  let last: Promise<unknown> = Promise.resolve();

  async function exclusively<T>(job: () => Promise<T>): Promise<T> {
    let run: Promise<T> | undefined;
    const begin = () => (run = job());
    if (locks === undefined) return begin();
    try {
      return await locks.request(name, { signal: AbortSignal.timeout(PATIENCE_MS) }, begin);
    } catch (error) {
      // The server can bear two of us.
      if (run !== undefined) throw error;
      return begin();
    }
  }

  return {
    tell(message) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of a channel, which has but its own
      if (!open.aborted) channel.postMessage(message);
    },
    alone(job) {
      const next = last.then(() => exclusively(job));
      last = next.catch(() => undefined);
      return next;
    },
    lead(signal, job) {
      const run = async () => {
        leading = true;
        try {
          await job();
        } finally {
          leading = false;
        }
      };
      if (locks === undefined) void run();
      else locks.request(leader, { signal }, run).catch(() => undefined);
    },
    get leading() {
      return leading;
    },
    async isLed() {
      if (leading || locks === undefined) return false;
      // Refused where cookies are blocked, and where the page is in a sandbox.
      const { held } = await locks.query().catch((): LockManagerSnapshot => ({}));
      return held?.some((lock) => lock.name === leader) ?? false;
    },
  };
}
