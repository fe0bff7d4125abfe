import { backOffMs } from "../server/back-off.ts";
import { pause } from "../server/pause.ts";
import { ask, fault } from "../server/server.ts";
import type { Tabs } from "../tab/tabs.ts";

/** The session that the cookie is of, where the page does not know which. */
export const WHICHEVER = "";

/**
 * Sign-outs of this browser that the server has not confirmed, by `sid`: no credential, and nothing of the user's. They
 * outlive the page, so that a sign-out without a connection is one: whoever opens the application next is not signed in
 * as the user before (ASVS V14.3.1). Where there is no storage, they live as long as the page.
 */
export class Logouts {
  readonly #prefix: string;
  readonly #url: string;
  readonly #tabs: Tabs;
  readonly #open: AbortSignal;
  readonly #here = new Set<string>();
  #trying = false;
  #retry = new AbortController();

  /** @param name of the server, among those that the pages of this origin know */
  constructor(name: string, url: string, tabs: Tabs, open: AbortSignal) {
    this.#prefix = `${name}:logout:`;
    this.#url = url;
    this.#tabs = tabs;
    this.#open = open;
  }

  list(): readonly string[] {
    const all = new Set(this.#here);
    quietly(() => {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(this.#prefix)) all.add(key.slice(this.#prefix.length));
      }
    });
    return [...all];
  }

  add(sid: string): void {
    if (!quietly(() => localStorage.setItem(this.#prefix + sid, ""))) this.#here.add(sid);
  }

  remove(sid: string): void {
    this.#here.delete(sid);
    quietly(() => localStorage.removeItem(this.#prefix + sid));
  }

  /**
   * Tells the server, when nothing else is under way.
   *
   * @throws ClientError if it has not confirmed them all; they are told again until it has
   */
  async tell(): Promise<void> {
    try {
      await this.#tabs.alone(() => this.settle());
    } catch (error) {
      void this.#keepTrying();
      throw error;
    }
  }

  /**
   * Tells the server; to be called while nothing else is under way.
   *
   * @throws ClientError if it has not confirmed them all
   */
  async settle(): Promise<void> {
    for (const sid of this.list()) {
      const body = sid === WHICHEVER ? {} : { sid };
      // Not `keepalive`: Chromium does not abort what has it, and a late answer would take away the cookie of whoever
      // has signed in since. What the page's end cuts off is told at the next start.
      // oxlint-disable-next-line no-await-in-loop -- few, and of one cookie
      const answer = await ask(this.#url, { body });
      if (answer.status !== 204) throw fault(answer);
      this.remove(sid);
    }
  }

  /** There is reason to try again at once. */
  tryAgain(): void {
    this.#retry.abort();
    this.#retry = new AbortController();
  }

  async #keepTrying(): Promise<void> {
    if (this.#trying) return;
    this.#trying = true;
    for (let faults = 0; this.list().length > 0 && !this.#open.aborted; faults++) {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await pause(backOffMs(faults, null), this.#retry.signal);
      // oxlint-disable-next-line no-await-in-loop
      await this.#tabs.alone(() => this.settle()).catch(() => undefined);
    }
    this.#trying = false;
  }
}

/** Storage is refused to some pages, and full in others. */
function quietly(use: () => void): boolean {
  try {
    use();
    return true;
  } catch {
    return false;
  }
}
