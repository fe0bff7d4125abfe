import type { PoolClient } from "pg";
import type { Transaction } from "../sql/engine.ts";
import { ConnectionFailure } from "./failure.ts";
import { transactionOn } from "./transaction.ts";

/** SQLSTATE of what is only told (postgresql.org/docs/current/errcodes-appendix.html): NOTICE, INFO. */
const SUCCESSFUL_COMPLETION = "00000";

/** One connection of the pool, with what is kept for it. */
export class Session {
  readonly transaction: Transaction;
  readonly #client: PoolClient;
  #warned = false;

  constructor(client: PoolClient) {
    this.#client = client;
    this.transaction = transactionOn(client);
    client.on("notice", (notice) => {
      // Not by its severity, which is a word of the server's language. Whatever is less than a warning is a success.
      if (notice.code !== SUCCESSFUL_COMPLETION) this.#warned = true;
    });
  }

  /** @throws ConnectionFailure: each statement that was asked next would be committed by itself */
  async begin(): Promise<void> {
    try {
      await this.#client.query("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE");
    } catch (error) {
      throw new ConnectionFailure(error);
    }
  }

  /**
   * @throws ConnectionFailure also where it is committed here and not on the standby that it was to be on: with
   *   `synchronous_commit`, a wait for that which is given up is a warning to PostgreSQL, and not durable to us
   */
  async commit(): Promise<void> {
    try {
      this.#warned = false;
      const { command } = await this.#client.query("COMMIT");
      if (command !== "COMMIT") throw new TypeError("the transaction was rolled back");
    } catch (error) {
      throw new ConnectionFailure(error);
    }
    if (this.#warned) throw new ConnectionFailure(new Error("the commit is not known to be on the standby"));
  }

  /** After any failure the connection is free for the next, or closed. */
  async rollBack(): Promise<void> {
    try {
      await this.#client.query("ROLLBACK");
      this.release();
    } catch {
      this.destroy();
    }
  }

  release(): void {
    this.#client.release();
  }

  destroy(): void {
    this.#client.release(true);
  }
}
