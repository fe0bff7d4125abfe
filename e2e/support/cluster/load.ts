import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { seeded } from "../random.ts";
import { ask } from "./ask.ts";
import type { Cluster, Held } from "./cluster.ts";
import { Holder } from "./holder.ts";
import { generationOf, NONE, Tally } from "./tally.ts";

export interface LoadOptions {
  readonly seed: number;
  /** How many clients at once; one in four by cookie. */
  readonly clients?: number;
  /** How many sessions are there to take the place of those that are signed out of. */
  readonly spares?: number;
  /** Of a hundred turns, how many are a sign-out. */
  readonly signOuts?: number;
}

/** Clients of the balancer that look, refresh, sign out and begin again, until they are told to stop. */
export class Load implements AsyncDisposable {
  readonly tally = new Tally();
  /** Of sessions that were signed out of, acknowledged. */
  readonly ended: Held[] = [];
  readonly #cluster: Cluster;
  readonly #options: Required<LoadOptions>;
  readonly #random: () => number;
  readonly #stopping = new AbortController();
  readonly #holders = new Set<Holder>();
  readonly #bearers: Held[] = [];
  readonly #cookies: Held[] = [];
  #running: Promise<unknown> = Promise.resolve();

  private constructor(cluster: Cluster, options: Required<LoadOptions>) {
    this.#cluster = cluster;
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  static async start(cluster: Cluster, { seed, clients = 20, spares = 40, signOuts = 4 }: LoadOptions): Promise<Load> {
    const load = new Load(cluster, { seed, clients, spares, signOuts });
    const cookies = Math.ceil((clients + spares) / 4);
    load.#cookies.push(...(await cluster.openSessions(cookies, "cookie")));
    load.#bearers.push(...(await cluster.openSessions(clients + spares - cookies, "bearer")));
    load.#running = Promise.all(Array.from({ length: clients }, (_, index) => load.#client(index % 4 === 0)));
    return load;
  }

  /** Resolves when everybody has had an answer to this many more questions, all in all. */
  async answers(more: number): Promise<void> {
    const since = this.tally.answered;
    await expect
      .poll(() => this.tally.answered, { timeout: 60_000, interval: 20 })
      .toBeGreaterThanOrEqual(since + more);
  }

  /** Resolves when this many in a row were answered, and none of them was a fault: faults end with what caused them. */
  async recovered(inARow = 60): Promise<void> {
    let [answered, faultAt] = [this.tally.answered, this.tally.lastFaultAt];
    const seen = () => {
      if (this.tally.lastFaultAt !== faultAt) [answered, faultAt] = [this.tally.answered, this.tally.lastFaultAt];
      return this.tally.answered - answered;
    };
    await expect.poll(seen, { timeout: 60_000, interval: 20 }).toBeGreaterThanOrEqual(inARow);
  }

  /** No more new questions; resolves when the last one is answered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #client(byCookie: boolean): Promise<void> {
    const spares = byCookie ? this.#cookies : this.#bearers;
    const { signal } = this.#stopping;
    for (;;) {
      const held = spares.pop();
      // Two may have signed out for the last one.
      if (held === undefined) return;
      const holder = new Holder(this.#cluster, this.tally, held);
      this.#holders.add(holder);
      while (!signal.aborted && !holder.isOver) await this.#turn(holder, signal);
      if (signal.aborted) return;
    }
  }

  async #turn(holder: Holder, signal: AbortSignal): Promise<void> {
    const drawn = this.#random() * 100;
    await sleep(20 + this.#random() * 120);
    // Not the last session: somebody is to be there until the end.
    const spares = holder.isBearer ? this.#bearers : this.#cookies;
    if (drawn < this.#options.signOuts && spares.length > 0) {
      const ended = await holder.signOut(signal);
      if (ended !== null) this.ended.push(ended);
    } else if (drawn < 50) {
      // So that a token rotates more often than once in half a minute.
      if (holder.isBearer && holder.isQuiet) await this.#letTimePass(holder.held);
      await holder.refresh(signal);
    } else await holder.look();
  }

  /** Its refresh token was handed out longer ago than the reuse interval. */
  async #letTimePass({ sid }: Held): Promise<void> {
    const text = "UPDATE counterfoil.sessions SET issued_at = issued_at - 31000 WHERE sid = $1";
    await this.#cluster.database.query(text, [sid]).catch(() => undefined);
  }

  /** Who is signed in at the end. */
  get live(): readonly Held[] {
    return [...this.#holders].filter(({ isOver }) => !isOver).map(({ held }) => held);
  }

  /**
   * After the load and its faults, at each server itself: whoever is signed in has one refresh token, whichever server
   * is asked, and what was signed out of is refused by all of them.
   */
  async settle(): Promise<void> {
    await this.stop();
    expect(this.tally.violations).toEqual(NONE);
    const { nodes } = this.#cluster;
    for (const held of this.live) {
      const presented = held.refresh === "" ? { cookie: held.cookie } : { token: held.refresh, key: "key-of-the-end" };
      const answers = await Promise.all(nodes.map((node) => ask(node, "POST", "/refresh", presented)));
      const tokens = new Set(answers.map(({ body }) => body["refresh_token"]));
      expect([held.sid, ...answers.map(({ status }) => status), tokens.size]).toEqual([held.sid, 200, 200, 200, 1]);
      const [token] = tokens;
      if (typeof token === "string") expect(generationOf(token)).toBeGreaterThanOrEqual(generationOf(held.refresh));
    }
    for (const { sid, refresh, cookie, access } of this.ended) {
      const questions = nodes.flatMap((node) => [
        ask(node, "GET", "/me", { token: access }),
        refresh === "" ? ask(node, "GET", "/me", { cookie }) : ask(node, "POST", "/refresh", { token: refresh }),
      ]);
      const statuses = new Set((await Promise.all(questions)).map(({ status }) => status));
      expect([sid, ...statuses]).toEqual([sid, 401]);
    }
    expect(await this.#cluster.countOf("refresh_reused")).toBe(0);
  }
}
