import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../packages/server/src/doctor/finding.ts";
import { Database } from "../packages/stores/test/database.ts";
import { makeRoles, operatorsSql } from "./support/database-roles.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { newSecret } from "./support/local.ts";
import { freePort } from "./support/port.ts";
import type { Ended, Variables } from "./support/process.ts";
import { run } from "./support/process.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { signIn } from "./support/sign-in.ts";

/** In every address; no role here needs one. */
const PASSWORD = "hunter2";
const USER = { username: "kavya", password: "lantern otter gravel mitten" };

let directory: Directory;
let database: Database;
let server: Server;
let metricsPort: number;
const said: string[] = [];

const addressOf = (role: string, more = "") => database.url(more, `${role}:${PASSWORD}`);
const OWNER = "counterfoil_owner";
const SERVER = "counterfoil_server";

/** Of whoever has the servers' role. */
function variables(more: Variables = {}): Variables {
  return {
    COUNTERFOIL_DATA: directory.path,
    COUNTERFOIL_DATABASE_URL_FILE: join(directory.path, "database"),
    COUNTERFOIL_SECRET_FILE: join(directory.path, "the-secret"),
    ...more,
  };
}

async function command(args: readonly string[], env: Variables = variables()): Promise<Ended> {
  const ended = await run(args, env);
  said.push(ended.stdout, ended.stderr);
  return ended;
}

async function done(args: readonly string[], env?: Variables): Promise<string> {
  const { code, stdout, stderr } = await command(args, env);
  expect([args, code, stderr]).toEqual([args, 0, ""]);
  return stdout;
}

const asOwner = () => ({ COUNTERFOIL_DATABASE_URL: addressOf(OWNER) });

beforeAll(async () => {
  directory = await temporaryDirectory();
  database = await Database.start();
  await makeRoles(database);
  writeFileSync(join(directory.path, "database"), `${addressOf(SERVER)}\n`, { mode: 0o600 });
  writeFileSync(join(directory.path, "the-secret"), `${newSecret()}\n`, { mode: 0o600 });
  metricsPort = await freePort();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

test("before there is a ledger no command makes one, and the owner's role alone can", async () => {
  const serving = startServer({ data: directory.path, env: variables() });
  const [listed, checked, migrated, served] = await Promise.all([
    command(["users", "list"]),
    command(["migrate", "--check"]),
    command(["migrate"]),
    // One that starts all the same is ended.
    serving.then(
      (started) => started.stop(),
      (error: Error) => error.message,
    ),
  ]);
  expect([listed.code, listed.stderr]).toEqual([
    2,
    "counterfoil: There is no ledger in the schema counterfoil of that database: run `counterfoil migrate` with the address of the role that is to own it, which makes it, or name another schema with schema=.\n",
  ]);
  expect([checked.code, checked.stdout]).toEqual([1, "There is no ledger yet: run `counterfoil migrate`.\n"]);
  const lacks =
    /may not make or change the ledger's schema \(42501: permission denied for schema counterfoil\): run `counterfoil migrate` with the address of the role that owns it, or may make it \(docs\/operators\.md\)\.\n$/;
  expect([migrated.code, migrated.stdout, migrated.stderr]).toEqual([1, "", expect.stringMatching(lacks)]);
  expect(served).toMatch(lacks);
  expect(await database.query("SELECT FROM pg_tables WHERE schemaname = 'counterfoil'")).toEqual([]);
  expect(await done(["migrate"], asOwner())).toBe("Made schema version 1.\n");
  expect(await done(["migrate"], asOwner())).toBe("Schema version 1: up to date.\n");
  expect(JSON.parse(await done(["migrate", "--check", "--json"]))).toEqual({ from: 1, to: 1, up_to_date: true });
});

test("R133 the servers' role signs in, refreshes and revokes, and cannot change the schema", async () => {
  const flags = ["--metrics-port", String(metricsPort)];
  server = await startServer({ data: directory.path, env: variables(), flags });
  const { code } = JSON.parse(await done(["users", "add", USER.username, "--role", "admin", "--json"])) as {
    code: string;
  };
  const chosen = { code, new_password: USER.password };
  expect((await call(server, "POST", "/password", { body: chosen })).status).toBe(204);
  const { refresh, sid } = await signIn(server, USER);
  const refreshed = await call(server, "POST", "/refresh", { token: refresh });
  expect(refreshed.status).toBe(200);
  const { access_token: token } = refreshed.body as { access_token: string };
  expect((await call(server, "GET", "/me", { token })).status).toBe(200);
  // Beside the server, and at once there.
  await done(["sessions", "revoke", sid]);
  await expect.poll(async () => (await call(server, "GET", "/me", { token })).status).toBe(401);
  expect(await done(["explain", sid])).toContain(`of ${USER.username}`);

  const client = new Client({ connectionString: addressOf(SERVER) });
  await client.connect();
  const refusals = await sqlStates(client, [
    "CREATE TABLE counterfoil.theirs (a integer)",
    "CREATE SCHEMA theirs",
    "CREATE FUNCTION counterfoil.theirs() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE counterfoil.users ADD COLUMN theirs text",
    "ALTER TABLE counterfoil.sessions DISABLE TRIGGER ALL",
    "DROP TABLE counterfoil.events",
    "DROP INDEX counterfoil.events_by_time",
    "DROP SCHEMA counterfoil CASCADE",
    "TRUNCATE counterfoil.revocations",
    "CREATE TRIGGER theirs AFTER INSERT ON counterfoil.users EXECUTE FUNCTION counterfoil.hint_revocations()",
    "CREATE OR REPLACE FUNCTION counterfoil.ledger_now() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
    `SET ROLE ${OWNER}`,
  ]);
  await client.end();
  expect(new Set(refusals)).toEqual(new Set(["42501"]));
});

async function sqlStates(client: Client, statements: readonly string[]): Promise<readonly unknown[]> {
  const states: unknown[] = [];
  for (const statement of statements) {
    // oxlint-disable-next-line no-await-in-loop -- one connection
    states.push(
      await client.query(statement).then(
        () => statement,
        (error: { code?: string }) => error.code,
      ),
    );
  }
  return states;
}

test("/metrics tells how the connections to the database stand", async () => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  said.push(text);
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  expect(value("counterfoil_database_connections_idle")).toBeGreaterThan(0);
  expect(value("counterfoil_database_connections_busy")).toBeGreaterThanOrEqual(0);
  expect(value("counterfoil_database_waiting")).toBe(0);
});

test("every command works beside a server on PostgreSQL", async () => {
  await done(["users", "add", "arjun", "--role", "user"]);
  await done(["users", "roles", "arjun", "user", "editor"]);
  await done(["users", "disable", "arjun"]);
  await done(["users", "enable", "arjun"]);
  await done(["users", "reset-password", "arjun"]);
  await done(["users", "delete", "arjun", "--yes"]);
  const [users, sessions, events, secrets] = await Promise.all([
    done(["users", "list"]),
    done(["sessions", "list"]),
    done(["events", "--user", USER.username, "--limit", "200"]),
    done(["secret", "status"]),
  ]);
  expect([users, sessions]).toEqual([expect.stringMatching(/^kavya/m), "Nobody is signed in.\n"]);
  expect(events).toContain("Signed in");
  expect(secrets).toMatch(/^1 .* first$/m);
  expect(await done(["secret", "rotate"])).toMatch(/^Appended a new secret/);
  await done(["verifiers", "add", "orders"]);
  expect(await done(["verifiers", "list"])).toMatch(/^orders /m);
  await done(["verifiers", "remove", "orders"]);
  await done(["keys", "rotate", "--now"]);
  const kid = /^(\S+) +ES256 +retired/m.exec(await done(["keys", "list"]))?.[1] ?? "";
  await done(["keys", "revoke", kid, "--yes"]);
});

async function ailments(env: Variables = variables()): Promise<Readonly<Record<string, string>>> {
  const { code, stdout, stderr } = await command(["doctor", "--json"], env);
  expect(stderr).toBe("");
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  const wrong = findings.filter(({ level }) => level !== "ok");
  expect(code).toBe(wrong.some(({ level }) => level === "problem") ? 1 : 0);
  return Object.fromEntries(wrong.map(({ check, level }) => [check, level]));
}

test("doctor finds nothing wrong with the database that the page for operators makes, and what is wrong with another", async () => {
  const usual = { settings: "warning" };
  expect(await ailments()).toEqual(usual);
  await database.query(`
    DROP INDEX counterfoil.events_by_time;
    ALTER ROLE ${SERVER} SET synchronous_commit = off;
    ALTER ROLE ${SERVER} CONNECTION LIMIT 5;
    REVOKE DELETE ON counterfoil.attempts FROM ${SERVER}`);
  const [broken, owners, away, elsewhere] = [
    await ailments(),
    await ailments(variables({ COUNTERFOIL_DATABASE_URL_FILE: "", ...asOwner() })),
    await ailments(variables({ COUNTERFOIL_DATABASE_URL_FILE: "", COUNTERFOIL_DATABASE_URL: unreachable() })),
    await ailments(variables({ COUNTERFOIL_SECRET_FILE: "" })),
  ];
  const wrong = {
    ...usual,
    database_durability: "problem",
    database_connections: "problem",
    database_rights: "problem",
    schema_drift: "problem",
  };
  expect(broken).toEqual(wrong);
  expect(owners).toEqual({ ...usual, database_rights: "warning", schema_drift: "problem" });
  expect(away).toEqual({ ...usual, ledger: "problem" });
  // A secret that a SQLite ledger's server would make is none for this one.
  expect(elsewhere).toEqual({ ...wrong, secret: "problem" });
  await database.query(`
    CREATE INDEX events_by_time ON counterfoil.events (at);
    ALTER ROLE ${SERVER} RESET synchronous_commit;
    ALTER ROLE ${SERVER} CONNECTION LIMIT -1;
    GRANT DELETE ON counterfoil.attempts TO ${SERVER}`);
  expect(await ailments()).toEqual(usual);
});

test("tables that another role made, or that were there before the defaults, are given to the servers' role by the page's grants", async () => {
  await database.query(`REVOKE ALL ON ALL TABLES IN SCHEMA counterfoil FROM ${SERVER};
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA counterfoil FROM ${SERVER};
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA counterfoil FROM ${SERVER}, PUBLIC`);
  const lacking = await ailments();
  expect(lacking).toMatchObject({ database_rights: "problem" });
  await database.query(operatorsSql()[1]!);
  expect(await ailments()).toEqual({ settings: "warning" });
});

test("a second role of the servers, by which a password is changed without a gap, has the rights of the first", async () => {
  await database.query(`CREATE ROLE ${SERVER}_2 LOGIN PASSWORD '${PASSWORD}' IN ROLE ${SERVER}`);
  const env = variables({ COUNTERFOIL_DATABASE_URL_FILE: "", COUNTERFOIL_DATABASE_URL: addressOf(`${SERVER}_2`) });
  await database.query(`ALTER ROLE ${SERVER} NOLOGIN`);
  const found = await ailments(env);
  await using second = await startServer({ data: directory.path, env });
  expect((await call(second, "GET", "/readyz")).status).toBe(200);
  // The one that runs goes on with the connections that it has.
  expect((await call(server, "GET", "/readyz")).status).toBe(200);
  await database.query(`ALTER ROLE ${SERVER} LOGIN`);
  expect(found).toEqual({ settings: "warning" });
});

function unreachable(): string {
  return `postgres://${SERVER}:${PASSWORD}@127.0.0.1:1/postgres`;
}

test("a schema that is behind is left as it is by every command, which names the one that brings it up to date", async () => {
  // There is one version so far: an older one than that has to be made up.
  await database.query("UPDATE counterfoil.migrations SET version = -1");
  const [listed, checked] = await Promise.all([command(["users", "list"]), command(["migrate", "--check"])]);
  await database.query("UPDATE counterfoil.migrations SET version = 1");
  expect([listed.code, listed.stderr]).toEqual([
    2,
    expect.stringMatching(
      /schema version -1, .*: make a backup \(pg_dump\), then run `counterfoil migrate` as the user that owns the tables\.\n$/,
    ),
  ]);
  expect([checked.code, checked.stdout]).toEqual([1, expect.stringMatching(/^Schema version -1, /)]);
});

test("a newer schema that this version can work with is told as that", async () => {
  await database.query("INSERT INTO counterfoil.migrations VALUES (2, 1, 0)");
  const told = await done(["migrate", "--check"]);
  await database.query("DELETE FROM counterfoil.migrations WHERE version = 2");
  expect(told).toBe("Schema version 2: a newer one, which this version of Counterfoil can work with.\n");
});

test("what cannot be reached, or takes another password, is a sentence", async () => {
  const to = (url: string) => variables({ COUNTERFOIL_DATABASE_URL_FILE: "", COUNTERFOIL_DATABASE_URL: url });
  const ends = [
    await command(["users", "list"], to(unreachable())),
    await command(["users", "list"], to(addressOf("nobody"))),
    await command(["migrate"], to(addressOf(OWNER).replace("/postgres", "/nothing"))),
  ];
  expect(ends.map(({ code, stdout }) => [code, stdout])).toEqual(Array.from({ length: 3 }, () => [1, ""]));
  expect(ends.map(({ stderr }) => stderr)).toEqual([
    expect.stringMatching(/^counterfoil: The ledger's database does not answer: [^\n]+\n$/),
    expect.stringMatching(/^counterfoil: The ledger's database refused the user or the password: [^\n]+\n$/),
    expect.stringMatching(/^counterfoil: The ledger's database does not exist: [^\n]+\n$/),
  ]);
});

test("R064 backups are PostgreSQL's own, and after a restore the ledger has a history of its own and nobody is signed in", async () => {
  const backup = await command(["backup", join(directory.path, "backup")]);
  const restore = await command(["restore", join(directory.path, "backup"), "--yes", "--json"]);
  expect([backup.code, restore.code]).toEqual([2, 2]);
  expect(backup.stderr).toMatch(/^counterfoil: The ledger is in PostgreSQL, [^\n]*pg_dump[^\n]*secret replace`\.\n$/);
  expect(JSON.parse(restore.stderr)).toEqual({ error: expect.stringContaining("pg_dump"), code: "configuration" });

  const { refresh, access } = await signIn(server, USER);
  const { port } = server;
  expect((await server.stop()).code).toBe(0);
  said.push(server.output());
  await database.query(operatorsSql()[2]!);
  expect(await done(["secret", "replace", "--yes"])).toMatch(/1 session/);
  server = await startServer({ data: directory.path, env: variables(), port });
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(401);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(401);
  await signIn(server, USER);
});

test("R138 nothing that was said, logged or measured has the password", async () => {
  const all = [...said, server.output()].join("");
  expect(all).toContain("counterfoil_database_connections_idle");
  expect(all).not.toContain(PASSWORD);
});
