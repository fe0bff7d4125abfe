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
    try {
      const { transaction } = await this.#connected();
      return await reading(transaction);
    } catch (error) {
      const failure = error instanceof ConnectionFailure ? error : null;
      if (failure?.lost === true) await this.#drop();
      throw asStoreError(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  #connected(): Promise<Open> {
    if (this.#closed) return Promise.reject(new ConnectionFailure(new Error("closed")));
    this.#open ??= this.#connect().catch((error: unknown) => {
      this.#open = null;
      throw new ConnectionFailure(error);
    });
    return this.#open;
  }

  async #connect(): Promise<Open> {
    const client = new Client(this.#config);
    const forget = () => {
      this.#open = null;
    };
    client.on("error", forget);
    client.on("end", forget);
    client.on("notification", () => this.#onHint());
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return { client, transaction: transactionOn(client) };
  }

  async #drop(): Promise<void> {
    const open = await this.#open?.catch(() => null);
    this.#open = null;
    await open?.client.end().catch(() => undefined);
  }
}
