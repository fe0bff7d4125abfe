import { setTimeout as sleep } from "node:timers/promises";
import type { LedgerConnections, Random } from "@counterfoil/core";
import { StoreError } from "@counterfoil/core";
import { Pool } from "pg";
import type { ClientBase, PoolClient } from "pg";
import type { Engine, LogRead, Transaction } from "../sql/engine.ts";
import type { PostgresAddress } from "./address.ts";
import { clientConfig } from "./connect.ts";
import { asStoreError, ConnectionFailure } from "./failure.ts";
import { Listener } from "./listener.ts";
import { EventHorizon } from "./event-horizon.ts";
import { readLog } from "./log.ts";
import { prepareSchema } from "./migrate.ts";
import { Session } from "./session.ts";
import { Sockets } from "./sockets.ts";
import { LOCKS } from "./transaction.ts";

/** Of one transition that collides with others. */
const MOST_ATTEMPTS = 5;
/**
 * Of one whose connection was lost before it could be committed: a restarted database has closed all of them. Where the
 * network swallows what is sent, an attempt takes as long as an answer may, and there is no second.
 */
const MOST_LOST = 2;
const NO_MORE_AFTER_MS = 3000;
/** SQLSTATE: the database has as many connections as it may, or this user has. */
const NO_CONNECTION_LEFT = "53300";

/** A database, open or not, as an engine: PostgreSQL's side of all differences. */
export class PostgresStore implements Engine {
  readonly #address: PostgresAddress;
  readonly #applicationName: string;
  readonly #random: Random;
  readonly #sessions = new WeakMap<PoolClient, Session>();
  readonly #events = new EventHorizon();
  readonly #sockets = new Sockets();
  #pool: Pool | null = null;
  #listener: Listener | null = null;
  #opening: Promise<void> | null = null;
  #onHint: () => void = () => undefined;

  constructor(address: PostgresAddress, random: Random, applicationName: string) {
    this.#address = address;
    this.#random = random;
    this.#applicationName = applicationName;
  }

  /** Once, however often it is called; after a failure, again. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    await prepareSchema(this.#address, this.#random, this.#applicationName);
    const config = { ...clientConfig(this.#address, this.#applicationName), stream: this.#sockets.make };
    const pool = new Pool({
      ...config,
      max: this.#address.poolSize,
      // What is asked at once goes out at once, and is answered in its order: a redemption is four round trips, not seven.
      pipeline: true,
      idleTimeoutMillis: 60_000,
      maxLifetimeSeconds: 1800,
      verify: refuseStandby,
    });
    // From its first moment on, also while nobody waits for an answer of it: the next statement fails, and says why.
    pool.on("connect", (client) => client.on("error", () => undefined));
    // Of a connection that nobody uses right now; the pool forgets it.
    pool.on("error", () => undefined);
    this.#pool = pool;
    this.#listener = new Listener(config, () => this.#onHint());
    this.#listener.start();
  }

  /** Hears when another process may have told the feed something. */
  onHint(hint: () => void): void {
    this.#onHint = hint;
  }

  // As properties: the transitions take them off.
  readonly write = async <T>(transition: (tx: Transaction) => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- the next attempt follows from how this one ended
      const ended = await this.#attempt(transition);
      if ("result" in ended) return ended.result;
      if (isLate(startedAt) || attempt >= ended.attempts) throw asStoreError(ended.error);
      // Uneven, so that two which collided do not meet again.
      // oxlint-disable-next-line no-await-in-loop
      await sleep(1 + ((this.#random.bytes(1)[0] ?? 0) / 256) * 10 * attempt);
    }
  };

  async #attempt<T>(
    transition: (tx: Transaction) => Promise<T>,
  ): Promise<{ readonly result: T } | { readonly error: unknown; readonly attempts: number }> {
    const session = await this.#acquire();
    let committing = false;
    try {
      await session.begin();
      const result = await transition(session.transaction);
      committing = true;
      await session.commit();
      session.release();
      return { result };
    } catch (error) {
      const failure = error instanceof ConnectionFailure ? error : null;
      if (failure?.lost === true) session.destroy();
      else await session.rollBack();
      if (failure?.gaveWay === true) return { error, attempts: MOST_ATTEMPTS };
      // What was lost at its commit may have happened: whoever asked has to find out.
      return { error, attempts: failure?.lost === true && !committing ? MOST_LOST : 0 };
    }
  }

  readonly read = async <T>(reading: (tx: Transaction) => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- the next attempt follows from how this one ended
      const session = await this.#acquire();
      try {
        // oxlint-disable-next-line no-await-in-loop
        const result = await reading(session.transaction);
        session.release();
        return result;
      } catch (error) {
        const failure = error instanceof ConnectionFailure ? error : null;
        if (failure?.lost === true) session.destroy();
        else session.release();
        // A connection that the database has closed meanwhile is noticed by its next use.
        const again = failure?.lost === true || failure?.isOutdated === true;
        if (!again || isLate(startedAt) || attempt >= MOST_LOST) throw asStoreError(error);
      }
    }
  };

  /** On the listener's connection: whoever follows the log does not wait for those who write. */
  readonly follow = async <T>(reading: (tx: Transaction) => Promise<T>): Promise<T> => {
    if (this.#listener === null) throw closedError();
    return this.#listener.read(reading);
  };

  readonly readLog = (tx: Transaction, cursor: string | null): Promise<LogRead> => readLog(tx, cursor);

  readonly eventsSettled = (tx: Transaction): Promise<number | null> => this.#events.look(tx);

  /** Until the transaction's end; of several servers that ask, one is told yes. */
  readonly alone = (tx: Transaction): Promise<boolean> => LOCKS.purge.tryTake(tx);

  async #acquire(): Promise<Session> {
    // Kept, as it may be closed while somebody waits for one of its connections.
    const pool = this.#pool;
    if (pool === null) throw closedError();
    const client = await this.#connect(pool);
    let session = this.#sessions.get(client);
    if (session === undefined) {
      session = new Session(client);
      this.#sessions.set(client, session);
    }
    return session;
  }

  async #connect(pool: Pool): Promise<PoolClient> {
    const startedAt = performance.now();
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- another try after one that failed
        return await pool.connect();
      } catch (error) {
        const { totalCount, idleCount } = pool;
        const failure = new ConnectionFailure(error);
        // The database gives no more than there are: one of those comes free.
        if (failure.state === NO_CONNECTION_LEFT && totalCount > 0 && !isLate(startedAt)) {
          // oxlint-disable-next-line no-await-in-loop
          await sleep(20);
          continue;
        }
        // The pool's own words for "nobody gave one back in time".
        if (totalCount >= this.#address.poolSize && idleCount === 0 && isPoolTimeout(error)) {
          throw new StoreError(
            `The ledger is busy: all ${this.#address.poolSize} connections to its database are in use. Try again shortly.`,
            { cause: error },
          );
        }
        throw failure.asStoreError();
      }
    }
  }

  /** Connections in use, idle, and how many wait for one. */
  get connections(): LedgerConnections {
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = this.#pool ?? {};
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  /** Waits for what was asked before. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => null);
    const [pool, listener] = [this.#pool, this.#listener];
    this.#pool = null;
    this.#listener = null;
    this.#opening = null;
    listener?.close();
    await pool?.end();
    await this.#sockets.close();
  }
}

function isLate(startedAt: number): boolean {
  return performance.now() - startedAt > NO_MORE_AFTER_MS;
}

/**
 * A standby answers what is read, and may not know yet what was revoked: a server that is led to one too early must
 * believe nothing of it. Only a primary has a place in its log where it writes.
 */
function refuseStandby(client: ClientBase, done: (error?: Error) => void): void {
  client.query("SELECT pg_current_wal_lsn()", (error) => done(error ?? undefined));
}

function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("timeout exceeded");
}

function closedError(): StoreError {
  return new StoreError("The ledger is closed: open it before it is used, and use it no more once it is closed.");
}
