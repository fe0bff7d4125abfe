import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Target } from "../http.ts";
import type { Journal } from "../journal.ts";
import type { Link } from "../link.ts";
import type { Ended, Variables } from "../process.ts";
import { startServer } from "../server.ts";
import type { Server } from "../server.ts";

const MOVED_CLOCK = fileURLToPath(new URL("moved-clock.js", import.meta.url));

export interface NodeOptions {
  readonly name: string;
  readonly port: number;
  readonly issuer: string;
  readonly journal: Journal;
  /** Its network to the database. */
  readonly link: Link;
  readonly env: Variables;
  readonly folder: string;
}

/** One server of several on one database: one process after another, in the same place. */
export class Node implements Target, AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly issuer: string;
  readonly journal: Journal;
  readonly link: Link;
  readonly #options: NodeOptions;
  readonly #processes: Server[] = [];
  #isUp = false;

  constructor(options: NodeOptions) {
    const { name, port, issuer, journal, link } = options;
    this.name = name;
    this.port = port;
    this.issuer = issuer;
    this.journal = journal;
    this.link = link;
    this.#options = options;
  }

  /** @param clockOffsetMs how far its clock is off */
  async start({ clockOffsetMs = 0 }: { readonly clockOffsetMs?: number } = {}): Promise<void> {
    const { env, folder, port, issuer, link } = this.#options;
    const clock =
      clockOffsetMs === 0 ? {} : { NODE_OPTIONS: `--import=${MOVED_CLOCK}`, CLOCK_OFFSET_MS: String(clockOffsetMs) };
    const server = await startServer({
      data: folder,
      port,
      issuer,
      flags: ["--trust-proxy", "127.0.0.1"],
      env: { ...env, ...clock, COUNTERFOIL_DATABASE_URL: databaseUrl(link.port) },
    });
    this.#processes.push(server);
    this.#isUp = true;
  }

  get server(): Server {
    const server = this.#processes.at(-1);
    assert.ok(server !== undefined, `${this.name} was never started`);
    return server;
  }

  /** As a power cut does. */
  kill(): Promise<Ended> {
    this.#isUp = false;
    return this.server.kill();
  }

  /** As an operator does. */
  stop(): Promise<Ended> {
    this.#isUp = false;
    return this.server.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // No fault ends a server but those that do it by force.
    const { exitCode } = this.#processes.at(-1)?.running.child ?? {};
    if (this.#isUp) assert.equal(exitCode, null, `${this.name} has ended: ${this.server.output().slice(-2000)}`);
    for (const server of this.#processes) {
      await server[Symbol.asyncDispose]();
      for (const token of this.journal.tokens) assert.ok(!server.output().includes(token), "a token is in the log");
    }
  }
}

export function databaseUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres?pool=5`;
}
