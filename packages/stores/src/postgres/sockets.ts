import { Socket } from "node:net";

/** How long connections are given to take leave of the database. */
const LEAVE_MS = 500;

/**
 * The sockets of all connections of one ledger. A network that swallows all answers no farewell either: whoever closes
 * the ledger waits no longer for it, and a process that is told to stop is not kept alive by what nobody hears.
 */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** For `pg`, which connects it. */
  readonly make = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    return socket;
  };

  /** Resolves when all of them are closed. */
  async close(): Promise<void> {
    const closed = Promise.all(
      [...this.#open].map((socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
    const late = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, LEAVE_MS);
    await closed;
    clearTimeout(late);
  }
}
