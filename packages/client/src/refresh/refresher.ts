import { SESSION_PATHS } from "@counterfoil/protocol";
import { now } from "../clock.ts";
import type { Instant } from "../clock.ts";
import type { Logouts } from "../logout/logouts.ts";
import { BackOff } from "../server/back-off.ts";
import { ClientError } from "../server/client-error.ts";
import { aborted, pause } from "../server/pause.ts";
import { ask } from "../server/server.ts";
import type { Answer } from "../server/server.ts";
import type { Held } from "../session/held.ts";
import type { Tabs } from "../tab/tabs.ts";

/** What is looked for in what the page holds. */
export type Wish = (held: Held) => boolean;

/** The page for which the server is asked. */
export interface Refreshed {
  readonly held: Held | null;
  readonly epoch: AbortSignal;
  /** @throws ClientError for what is neither a session nor the server's word that there is none */
  readonly apply: (answer: Answer, asked: Instant, quiet: boolean) => void;
  readonly onFault: (fault: ClientError) => void;
}

/** How long the leading tab has to answer another: its event loop may be busy. */
const TOLD_WITHIN_MS = 300;

/** Asks `/refresh`: one tab for all, again after a fault, and never before a sign-out that the server has not heard of. */
export class Refresher {
  readonly #url: string;
  readonly #tabs: Tabs;
  readonly #logouts: Logouts;
  readonly #page: Refreshed;
  readonly #backOff = new BackOff();
  #told = new AbortController();
  /** How often the server has answered. */
  #answers = 0;

  constructor(url: string, tabs: Tabs, logouts: Logouts, page: Refreshed) {
    this.#url = url + SESSION_PATHS.refresh;
    this.#tabs = tabs;
    this.#logouts = logouts;
    this.#page = page;
  }

  /**
   * Waits until the page holds what is wished for, or until the server has said that nobody is signed in.
   *
   * @param quiet where nobody is there: what is asked is no activity
   * @throws ClientError if the server was out of reach until the signal was aborted
   */
  async until(wish: Wish, quiet: boolean, signal: AbortSignal): Promise<Held | null> {
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return await this.#ask(wish, quiet);
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        this.#page.onFault(error);
        // oxlint-disable-next-line no-await-in-loop
        await Promise.race([this.#backOff.over, aborted(signal)]);
        if (signal.aborted) throw error;
      }
    }
  }

  /** Another tab has answered. */
  onTold(): void {
    this.#told.abort();
  }

  /** Another tab has reached the server: who waits here finds what it was told. */
  onReached(): void {
    this.#backOff.reset();
    this.#backOff.cut();
  }

  /** There is reason to try again at once. */
  tryAgain(): void {
    this.#backOff.cut();
  }

  /** Whoever waited while another asked finds what that one was told, also that nobody is signed in. */
  #ask(wish: Wish, quiet: boolean): Promise<Held | null> {
    const page = this.#page;
    const { epoch } = page;
    const answers = this.#answers;
    return this.#tabs.alone(async () => {
      const isThere = () => epoch.aborted || (page.held !== null && wish(page.held));
      if (isThere() || (page.held === null && this.#answers !== answers)) return page.held;
      if (await this.#isTold(isThere)) return page.held;
      if (this.#backOff.fault !== null) throw this.#backOff.fault;
      try {
        // Else the answer would be the session that is to end.
        await this.#logouts.settle();
        const asked = now();
        const body = quiet ? { background: true } : undefined;
        const before = page.held?.sid;
        const answer = await ask(this.#url, { body, signal: epoch });
        // Where there are no locks, another tab may have signed in meanwhile: the answer is of the cookie before.
        if (!epoch.aborted && page.held?.sid === before) page.apply(answer, asked, quiet);
        this.#backOff.reset();
        this.#answers++;
      } catch (error) {
        // What it was asked for is over, and so is what was wrong with it.
        if (epoch.aborted) return page.held;
        if (error instanceof ClientError) this.#backOff.begin(error);
        throw error;
      }
      return page.held;
    });
  }

  /** Whether another tab had what is looked for: the one that leads knows the newest. */
  async #isTold(isThere: () => boolean): Promise<boolean> {
    if (!(await this.#tabs.isLed())) return false;
    this.#told = new AbortController();
    this.#tabs.tell({ type: "ask" });
    await pause(TOLD_WITHIN_MS, this.#told.signal);
    return isThere();
  }
}
