import { chmodSync, chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../packages/stores/test/database.ts";
import { certificateAuthority, selfSigned } from "./support/certificate.ts";
import type { Authority, Issued } from "./support/certificate.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { run } from "./support/process.ts";

let directory: Directory;
let database: Database;
let trusted: Authority;
let sound: Issued;

beforeAll(async () => {
  directory = await temporaryDirectory();
  database = await Database.start("18", { log_connections: "on", ssl_ca_file: "ca.crt" });
  trusted = certificateAuthority(directory.path, "trusted");
  sound = trusted.issue("localhost", { names: ["DNS:localhost"] });
  // Before whatever else is allowed.
  prepend("pg_hba.conf", [
    "hostssl all with_certificate 127.0.0.1/32 cert",
    "hostssl all with_password 127.0.0.1/32 scram-sha-256",
  ]);
  await database.query("CREATE ROLE with_certificate LOGIN SUPERUSER");
  await database.query("CREATE ROLE with_password LOGIN SUPERUSER PASSWORD 'hunter2'");
  place("ca.crt", trusted.path);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** A file of the database's own. */
function place(name: string, from: string): void {
  const path = join(database.folder, name);
  const { uid, gid } = statSync(database.folder);
  copyFileSync(from, path);
  chmodSync(path, 0o600);
  chownSync(path, uid, gid);
}

function prepend(name: string, lines: readonly string[]): void {
  const path = join(database.folder, name);
  writeFileSync(path, `${lines.join("\n")}\n${readFileSync(path, "utf8")}`);
}

async function configure(settings: Readonly<Record<string, string>>): Promise<void> {
  const loaded = async () => (await database.query<{ at: Date }>("SELECT pg_conf_load_time() AS at"))[0]!.at.getTime();
  const before = await loaded();
  for (const [name, value] of Object.entries(settings)) {
    // oxlint-disable-next-line no-await-in-loop -- one file is written
    await database.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  }
  await database.query("SELECT pg_reload_conf()");
  await expect.poll(loaded).toBeGreaterThan(before);
}

async function present({ keyPath, certPath }: Issued, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  place("server.key", keyPath);
  place("server.crt", certPath);
  await configure({ ssl: "on", ...settings });
}

interface Way {
  readonly user?: string;
  readonly host?: string;
  readonly more?: string;
  readonly root?: string;
}

function address({ user = "postgres", host = "localhost", more = "", root = trusted.path }: Way = {}): string {
  return `postgres://${user}@${host}:${database.port}/postgres?sslmode=verify-full&sslrootcert=${root}${more}`;
}

/** Connects, asks one thing, and says why where it cannot. */
async function answer(way: Way = {}): Promise<string> {
  return new LedgerDatabase({ url: address(way) }).schema().then(
    () => "connected",
    (error: Error) => error.message,
  );
}

const UNTRUSTED = /^The ledger's database has no certificate that can be trusted: name .* sslrootcert=FILE\.$/;
const MISNAMED = /^The certificate of the ledger's database is for another name: /;
const EXPIRED = /^The certificate of the ledger's database has expired, or is not valid yet: /;

test("R142 each connection to a database is TLS where its certificate is of a known authority and for its name", async () => {
  await present(sound);
  expect(await answer()).toBe("connected");
  await using ledger = postgresLedger({ url: address() });
  await ledger.open();
  await ledger.readRevocations(null);
  const versions = await database.query<{ version: string | null }>(
    "SELECT version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'counterfoil'",
  );
  expect(versions.length).toBeGreaterThan(0);
  expect(new Set(versions.map(({ version }) => version))).toEqual(new Set(["TLSv1.3"]));
});

test("R142 a certificate that is self-signed, another authority's, for another name or expired is refused", async () => {
  await present(trusted.issue("localhost", { names: ["DNS:localhost"], days: -1 }));
  expect(await answer()).toMatch(EXPIRED);
  await present(trusted.issue("localhost", { names: ["DNS:db.example"] }));
  expect(await answer()).toMatch(MISNAMED);
  const { path } = selfSigned(directory.path);
  await present({ certPath: path, keyPath: join(directory.path, "tls.key") });
  expect(await answer()).toMatch(UNTRUSTED);
  expect(await answer({ root: path })).toBe("connected");
  await present(certificateAuthority(directory.path, "other").issue("localhost", { names: ["DNS:localhost"] }));
  expect(await answer()).toMatch(UNTRUSTED);
  // The operator's command says so, too.
  const { code, stdout, stderr } = await run(["migrate"], { COUNTERFOIL_DATABASE_URL: address() });
  expect([code, stdout, stderr.replace("counterfoil: ", "").trimEnd()]).toEqual([
    1,
    "",
    expect.stringMatching(UNTRUSTED),
  ]);
});

test("R142 an address by number asks for a certificate of that number", async () => {
  await present(sound);
  expect(await answer({ host: "127.0.0.1" })).toMatch(MISNAMED);
  await present(trusted.issue("localhost", { names: ["IP:127.0.0.1"] }));
  expect(await answer({ host: "127.0.0.1" })).toBe("connected");
});

test("R142 TLS 1.1 is refused by a client that the database would give it to", async () => {
  await present(sound, { ssl_min_protocol_version: "TLSv1", ssl_max_protocol_version: "TLSv1.1" });
  expect(await answer()).toMatch(/no version of TLS in common that is safe/);
  const careless = new Client({
    host: "localhost",
    port: database.port,
    user: "postgres",
    database: "postgres",
    ssl: { rejectUnauthorized: false, minVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
  });
  await careless.connect();
  const { rows } = await careless.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
  await careless.end();
  expect(rows).toEqual([{ version: "TLSv1.1" }]);
  await configure({ ssl_min_protocol_version: "TLSv1.2", ssl_max_protocol_version: "" });
});

test("R133 R142 a server may prove who it is by a certificate of its own, and none is taken for it", async () => {
  await present(sound);
  const own = trusted.issue("with_certificate");
  const another = trusted.issue("postgres");
  const user = "with_certificate";
  const by = ({ certPath, keyPath }: Issued) => `&sslcert=${certPath}&sslkey=${keyPath}`;
  expect(await answer({ user, more: by(own) })).toBe("connected");
  expect(await answer({ user, more: by(another) })).toMatch(/refused the user or the password/);
  expect(await answer({ user })).toMatch(/refused the user or the password/);
  const foreign = certificateAuthority(directory.path, "foreign").issue(user);
  expect(await answer({ user, more: by(foreign) })).toMatch(/refused the certificate of this server: /);
});

test("a password that is wrong, empty or missing is refused in the same words", async () => {
  await present(sound);
  expect(await answer({ user: "with_password:hunter2" })).toBe("connected");
  const refused = "The ledger's database refused the user or the password: correct COUNTERFOIL_DATABASE_URL.";
  for (const user of ["with_password:wrong", "with_password:", "with_password"]) {
    // oxlint-disable-next-line no-await-in-loop -- each is named
    expect([user, await answer({ user })]).toEqual([user, refused]);
  }
});

test("R142 a database without TLS is refused, and in no case was there a connection without it", async () => {
  await configure({ ssl: "off" });
  expect(await answer()).toMatch(/^The ledger's database speaks no TLS: .* by name with sslmode=disable\.$/);
  const ours = database.log
    .split("\n")
    .filter((line) => /connection authorized: .*application_name=counterfoil/.test(line));
  expect(ours.length).toBeGreaterThan(5);
  expect(ours.filter((line) => !line.includes("SSL enabled"))).toEqual([]);
});
