import type { Exchange } from "./exchange.ts";

/** What a page gives a request to find it again by. */
export const TRACE_HEADER = "Lab-Trace";

const ID = /^[A-Za-z0-9_-]{8,64}$/;
/** The same in an address, for what cannot set a header: a form, and what goes to another origin with its cookies. */
const IN_ADDRESS = /[?&]lab-trace=([A-Za-z0-9_-]{8,64})(?:&|$)/;
const LIMIT = 200;

/** No more of a body is kept. */
export const MAX_TRACED_BYTES = 16 * 1024;

/** Requests of the browser's as they arrived and were answered: the last ones, in this process's memory alone. */
export class Traces {
  readonly #byId = new Map<string, Exchange>();

  /** The id that a request is to be kept under; `null` where it asks for none, or not as it should. */
  static idOf(header: string | null | undefined, url: string): string | null {
    if (header !== null && header !== undefined) return ID.test(header) ? header : null;
    return IN_ADDRESS.exec(url)?.[1] ?? null;
  }

  keep(id: string, exchange: Exchange): void {
    this.#byId.delete(id);
    this.#byId.set(id, exchange);
    if (this.#byId.size <= LIMIT) return;
    for (const oldest of this.#byId.keys()) {
      this.#byId.delete(oldest);
      return;
    }
  }

  get(id: string): Exchange | undefined {
    return this.#byId.get(id);
  }
}
