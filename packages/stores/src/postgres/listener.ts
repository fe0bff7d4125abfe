import { Client } from "pg";
import type { ClientConfig } from "pg";
import type { Transaction } from "../sql/engine.ts";
import { asStoreError, ConnectionFailure } from "./failure.ts";
import { transactionOn } from "./transaction.ts";

const CHANNEL = "counterfoil_revocations";

interface Open {
  readonly client: Client;
  readonly transaction: Transaction;
}

/**
 * A connection of its own on which the log is read and hints arrive. A hint is only that: the log is read without one
 * too. A connection that is lost is opened again by the next read, which comes 250 ms later at the latest.
 */
export class Listener {
  readonly #config: ClientConfig;
  readonly #onHint: () => void;
  #open: Promise<Open> | null = null;
  #closed = false;

  constructor(config: ClientConfig, onHint: () => void) {
    this.#config = config;
    this.#onHint = onHint;
  }

  start(): void {
    this.#connected().catch(() => undefined);
  }

  /** @throws StoreError */
  async read<T>(reading: (tx: Transaction) => Promise<T>): Promise<T> {
    const opening = this.#connected();
    try {
      const { transaction } = await opening;
      return await reading(transaction);
    } catch (error) {
      if (error instanceof ConnectionFailure && error.lost) this.#drop(opening);
      throw asStoreError(error);
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#open !== null) this.#drop(this.#open);
  }

  #connected(): Promise<Open> {
    if (this.#closed) return Promise.reject(new ConnectionFailure(new Error("closed")));
    if (this.#open !== null) return this.#open;
    const client = new Client(this.#config);
    const opening = this.#connect(client).catch((error: unknown) => {
      this.#forget(opening);
      leave(client);
      throw new ConnectionFailure(error);
    });
    // Only itself: the end of one that was given up may come when another has taken its place.
    const forget = () => this.#forget(opening);
    client.on("error", forget);
    client.on("end", forget);
    this.#open = opening;
    return opening;
  }

  async #connect(client: Client): Promise<Open> {
    client.on("notification", () => this.#onHint());
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return { client, transaction: transactionOn(client) };
  }

  #forget(opening: Promise<Open>): void {
    if (this.#open === opening) this.#open = null;
  }

  #drop(opening: Promise<Open>): void {
    this.#forget(opening);
    opening.then(({ client }) => leave(client)).catch(() => undefined);
  }
}

/** Not waited for: the network may be gone. */
function leave(client: Client): void {
  client.end().catch(() => undefined);
}
