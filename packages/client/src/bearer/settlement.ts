import { ClientError } from "../server/client-error.ts";
import type { AuthServer } from "./auth-server.ts";
import type { KeptSession } from "./kept-session.ts";
import { isForGood } from "./patience.ts";

/** Tells the server of the sessions that were ended here, before anything else is asked of it. */
export class Settlement {
  readonly #kept: KeptSession;
  readonly #server: AuthServer;
  #running: Promise<boolean> | null = null;

  constructor(kept: KeptSession, server: AuthServer) {
    this.#kept = kept;
    this.#server = server;
  }

  /**
   * Tries once for each session that the storage remembers.
   *
   * @returns whether the server has confirmed all of them
   * @throws StorageError
   */
  async settle(): Promise<boolean> {
    // What was remembered after that one looked is not in its answer; and where it failed another would fail now.
    if (this.#running !== null && !(await this.#running)) return false;
    this.#running ??= this.#tellAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #tellAll(): Promise<boolean> {
    const tried = new Set<string>();
    for (;;) {
      const { ended } = await this.#kept.read();
      const token = ended.find((each) => !tried.has(each));
      if (token === undefined) return ended.length === 0;
      tried.add(token);
      try {
        await this.#server.logout(token);
        await this.#kept.settle(token);
      } catch (fault) {
        if (!(fault instanceof ClientError)) throw fault;
        if (!isForGood(fault)) return false;
        // Refused for what it is: the others may be accepted.
      }
    }
  }
}
