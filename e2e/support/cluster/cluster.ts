import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeCrypto } from "../../../packages/server/src/platform/node-crypto.ts";
import { createCounterfoil } from "../../../packages/server/src/index.ts";
import { Database } from "../../../packages/stores/test/database.ts";
import type { DatabaseSettings, PostgresVersion } from "../../../packages/stores/test/database.ts";
import { parseVerifierName, registerVerifier, systemRandom } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { temporaryDirectory } from "../directory.ts";
import type { Target } from "../http.ts";
import { Journal } from "../journal.ts";
import { openLink } from "../link.ts";
import { newSecret } from "../local.ts";
import { freePort } from "../port.ts";
import type { Variables } from "../process.ts";
import { claimsOf } from "../sign-in.ts";
import type { NewUser } from "../user.ts";
import { addUser } from "../user.ts";
import type { Balancer } from "./balancer.ts";
import { startBalancer } from "./balancer.ts";
import { databaseUrl, Node } from "./node.ts";

/** What was committed survives the process, not the machine: no test cuts that off, and it is three times as fast. */
const SURVIVES_PROCESSES: DatabaseSettings = { fsync: "off", full_page_writes: "off" };

export interface ClusterOptions {
  /** Of PostgreSQL; `15` can have standbys. */
  readonly version?: PostgresVersion;
  readonly settings?: DatabaseSettings;
  readonly users?: readonly NewUser[];
  readonly env?: Variables;
}

/** A session, as whoever signed in has it. What its transport has none of is an empty text. */
export interface Held {
  readonly sid: string;
  readonly sub: string;
  readonly access: string;
  readonly refresh: string;
  readonly cookie: string;
}

/** Three servers on one database, behind a balancer: that is what a client sees of them. */
export class Cluster implements Target, AsyncDisposable {
  readonly port: number;
  readonly issuer: string;
  readonly journal: Journal;
  readonly nodes: readonly Node[];
  readonly balancer: Balancer;
  readonly secret: string;
  readonly #stack: AsyncDisposableStack;
  readonly #primary: { database: Database };
  #strangers = 0;

  private constructor(
    {
      port,
      issuer,
      journal,
      nodes,
      balancer,
      secret,
    }: Pick<Cluster, "port" | "issuer" | "journal" | "nodes" | "balancer" | "secret">,
    primary: { database: Database },
    stack: AsyncDisposableStack,
  ) {
    this.port = port;
    this.issuer = issuer;
    this.journal = journal;
    this.nodes = nodes;
    this.balancer = balancer;
    this.secret = secret;
    this.#primary = primary;
    this.#stack = stack;
  }

  static async start({ version = "18", settings = {}, users = [], env = {} }: ClusterOptions = {}): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryDirectory()).path;
    const primary = { database: stack.use(await Database.start(version, { ...SURVIVES_PROCESSES, ...settings })) };
    const [secret, journal, port] = [newSecret(), new Journal(), await freePort()];
    const issuer = `http://localhost:${port}`;
    const common = {
      COUNTERFOIL_SECRET: secret,
      COUNTERFOIL_PASSWORD_CONCURRENCY: "2",
      ...env,
    };
    const nodes: Node[] = [];
    for (const name of ["a", "b", "c"]) {
      const link = stack.use(await openLink(() => primary.database.port));
      nodes.push(stack.use(new Node({ name, port: await freePort(), issuer, journal, link, env: common, folder })));
    }
    // Before the servers: until somebody listens on it, its port may be given to another.
    const balancer = stack.use(await startBalancer(port, new URL(issuer).host, nodes));
    await Promise.all(nodes.map((node) => node.start()));
    for (let attempt = 0; (await balancer.up()).length < nodes.length; attempt++) {
      assert.ok(attempt < 1000, "the balancer takes the servers for dead");
      await sleep(20);
    }
    const cluster = new Cluster({ port, issuer, journal, nodes, balancer, secret }, primary, stack.move());
    await cluster.withLedger(async (ledger) => {
      for (const user of users) await addUser(ledger, user);
    });
    return cluster;
  }

  /** The one that servers write to. */
  get database(): Database {
    return this.#primary.database;
  }

  /** From here on the servers' network leads to that one: new connections do. */
  leadTo(database: Database): void {
    this.#primary.database = database;
  }

  /** Ends with the cluster. */
  own<T extends AsyncDisposable>(part: T): T {
    return this.#stack.use(part);
  }

  /** Beside the servers, as a command is. */
  async withLedger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T> {
    const ledger = postgresLedger({ url: databaseUrl(this.database.port) });
    await ledger.open();
    try {
      return await use(ledger);
    } finally {
      await ledger[Symbol.asyncDispose]();
    }
  }

  /** A service's credential for the feed. */
  addVerifier(name: string): Promise<string> {
    return this.withLedger(async (ledger) => {
      const parts = { ledger, crypto: nodeCrypto, random: systemRandom };
      const registered = await registerVerifier(parts, parseVerifierName(name)!, null);
      if (registered.outcome !== "added") throw new Error(registered.outcome);
      return registered.credential;
    });
  }

  /** Sessions of as many new users, or of one, by the library of an application on the same ledger: it takes no password's time. */
  async openSessions(count: number, transport: "bearer" | "cookie", subject?: string): Promise<readonly Held[]> {
    await using cf = createCounterfoil({
      issuer: this.issuer,
      ledger: databaseUrl(this.database.port),
      secret: this.secret,
      onNotice: () => undefined,
    });
    const request = () => new Request(`${this.issuer}/app`, { method: "POST", headers: { Origin: this.issuer } });
    const open = async (): Promise<Held> => {
      const answer = await cf.signIn(request(), { subject: subject ?? `stranger-${this.#strangers++}` }, { transport });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      const body = JSON.parse(text) as Record<string, string>;
      this.journal.note(body);
      const cookie = /^[^=]+=([^;]*)/.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "";
      const access = body["access_token"] ?? "";
      const { sid, sub } = claimsOf(access);
      return { sid, sub, access, refresh: body["refresh_token"] ?? "", cookie };
    };
    const opened: Held[] = [];
    // As many at once as the ledger has connections: on a busy machine more would wait for too long.
    while (opened.length < count) {
      opened.push(...(await Promise.all(Array.from({ length: Math.min(5, count - opened.length) }, open))));
    }
    return opened;
  }

  /** How many events of a type the ledger has. */
  async countOf(type: string): Promise<number> {
    const [row] = await this.database.query<{ count: string }>(
      "SELECT count(*) FROM counterfoil.events WHERE type = $1",
      [type],
    );
    return Number(row?.count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
