import { readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database, NOT_DURABLE } from "../packages/stores/test/database.ts";
import { newSchema } from "../packages/stores/test/postgres-store.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { freePort } from "./support/port.ts";
import { run, start } from "./support/process.ts";
import { startServer } from "./support/server.ts";
import { ARJUN, KAVYA, member, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

let database: Database;
beforeAll(async () => {
  database = await Database.start("18", NOT_DURABLE);
});
afterAll(() => database[Symbol.asyncDispose]());

const newUrl = () => database.url(`schema=${newSchema()}`);
const move = (data: string, url: string) =>
  run(["migrate", "--to", "postgres", "--data", data], { COUNTERFOIL_DATABASE_URL: url });

/** A ledger as a server leaves it, with two users. */
async function seeded(data: string): Promise<void> {
  await using server = await startServer({ data });
  await server.stop();
  await addUsers(data, [{ ...KAVYA, roles: ["admin"] }, ARJUN]);
}

const secretOf = (data: string) => readFileSync(join(data, "secret"), "utf8").trim();

test("a ledger that is moved to PostgreSQL signs nobody out: cookies, refresh tokens, access tokens, passwords and keys", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await seeded(data);
  const port = await freePort();
  const url = newUrl();
  const before = await startServer({ data, port });
  const page = await signIn(before, { ...KAVYA, transport: "cookie" });
  const app = await signIn(before, { ...ARJUN, transport: "bearer" });
  const over = await signIn(before, { ...ARJUN, transport: "bearer" });
  await call(before, "POST", "/logout", { token: over.refresh });

  // While somebody has it open, nothing is moved.
  const early = await move(data, url);
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("stop it first. Nothing was changed.") });
  const schema = new URL(url).searchParams.get("schema");
  expect(await database.query(`SELECT FROM pg_namespace WHERE nspname = '${schema}'`)).toEqual([]);
  await before.stop();

  const backup = join(data, "backup");
  expect(await run(["backup", backup, "--data", data], {})).toMatchObject({ code: 0 });
  const moved = await move(data, url);
  expect(moved).toMatchObject({ code: 0, stderr: "" });
  expect(moved.stdout).toMatch(/^Moved to PostgreSQL: 2 users, 3 sessions, \d+ events\./);
  expect(moved.stdout).not.toContain(url);

  const env = { COUNTERFOIL_DATABASE_URL: url, COUNTERFOIL_SECRET: secretOf(data) };
  await using after = await startServer({ data, port, env });
  expect((await call(after, "GET", "/me", { cookie: page.cookie })).body["user"]).toMatchObject({ username: "kavya" });
  expect((await call(after, "GET", "/me", { token: app.access })).status).toBe(200);
  const refreshed = await call(after, "POST", "/refresh", { token: app.refresh });
  expect(refreshed.status).toBe(200);
  // It is the same session, and the same key.
  expect((await call(after, "GET", "/me", { token: member(refreshed, "access_token") })).status).toBe(200);
  // What was over is over, the token that was out as well.
  expect((await call(after, "POST", "/refresh", { token: over.refresh })).status).toBe(401);
  expect((await call(after, "GET", "/me", { token: over.access })).status).toBe(401);
  const again = await signIn(after, { ...ARJUN, transport: "bearer" });
  const admin = await signIn(after, { ...KAVYA, transport: "bearer" });
  const events = await call(after, "GET", "/admin/events?limit=200", { token: admin.access });
  const told = events.body["events"] as { readonly id: number; readonly type: string; readonly sid: string | null }[];
  // Newest first, from before and after in one row.
  expect(told.map(({ id }) => id)).toEqual(told.map(({ id }) => id).toSorted((left, right) => right - left));
  expect(told.filter(({ type }) => type === "session_opened").map(({ sid }) => sid)).toEqual(
    [admin, again, over, app, page].map(({ sid }) => sid),
  );

  // And a server that still has the old address is stopped by what is in the file's place.
  const moves = /This ledger was moved to PostgreSQL at \d{4}-\S+Z: set COUNTERFOIL_DATABASE_URL to where it is now\./;
  const stale = await Promise.all(
    [
      ["serve", "--port", String(await freePort())],
      ["users", "list"],
      ["backup", join(data, "other-backup")],
      ["migrate"],
      ["migrate", "--check"],
    ].map((args) => run([...args, "--data", data], {})),
  );
  stale.push(await run(["migrate", "--to", "postgres", "--data", data], { COUNTERFOIL_DATABASE_URL: url }));
  expect(stale.map(({ code }) => code)).toEqual(stale.map(() => 1));
  expect(stale.map(({ stderr }) => stderr)).toEqual(stale.map(() => expect.stringMatching(moves)));
  const doctor = await run(["doctor", "--data", data], {});
  expect(doctor.stdout).toMatch(moves);
  expect(readFileSync(join(data, "counterfoil.db"), "utf8")).toContain("moved to PostgreSQL");
});

test("the way back is a restore of what was kept: nobody who was signed in at the move is, and a server starts on it", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await seeded(data);
  let refresh: string;
  {
    await using before = await startServer({ data });
    refresh = (await signIn(before, { ...ARJUN, transport: "bearer" })).refresh;
  }
  expect((await move(data, newUrl())).code).toBe(0);
  const kept = readdirSync(data).find((name) => /^counterfoil\.db\.moved-[^.]+$/.test(name))!;
  const restored = await run(["restore", join(data, kept), "--yes", "--data", data]);
  expect([restored.code, restored.stderr, restored.stdout]).toEqual([
    0,
    "",
    expect.stringMatching(/2 users, 1 session/),
  ]);
  await using after = await startServer({ data });
  expect((await call(after, "POST", "/refresh", { token: refresh })).status).toBe(401);
  await signIn(after, { ...ARJUN, transport: "bearer" });
});

test("a second move finds the database in use, and leaves both as they are", async () => {
  await using one = await temporaryDirectory();
  await using other = await temporaryDirectory();
  const url = newUrl();
  await seeded(one.path);
  await seeded(other.path);
  expect((await move(one.path, url)).code).toBe(0);
  const refused = await move(other.path, url);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("in use already") });
  expect(readdirSync(other.path)).toContain("counterfoil.db");
  await using server = await startServer({ data: other.path });
  await signIn(server, { ...ARJUN, transport: "bearer" });
});

test("a move that is killed has moved nothing, or all, and another finishes it", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await seeded(data);
  const url = newUrl();
  const schema = new URL(url).searchParams.get("schema");
  const ledger = postgresLedger({ url });
  await ledger.open();
  await ledger[Symbol.asyncDispose]();
  const holder = new Client({ connectionString: database.url() });
  await holder.connect();
  await holder.query(`BEGIN; LOCK TABLE ${schema}.events`);
  // It waits for that lock in the middle of its transaction.
  const moving = start(["migrate", "--to", "postgres", "--data", data], { COUNTERFOIL_DATABASE_URL: url });
  await expect
    .poll(() => database.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"), { timeout: 10_000 })
    .toHaveLength(1);
  moving.child.kill("SIGKILL");
  await moving.ended;
  await holder.end();
  expect(await database.query(`SELECT FROM ${schema}.users`)).toEqual([]);
  expect((await move(data, url)).code).toBe(0);
  expect(await database.query(`SELECT FROM ${schema}.users`)).toHaveLength(2);
  const path = join(data, "counterfoil.db");
  const kept = () => readdirSync(data).filter((name) => name.includes(".moved-"));
  expect(kept()).toHaveLength(1);

  // As it is where it was killed between its commit and its last step.
  renameSync(join(data, kept()[0]!), path);
  const finished = await move(data, url);
  expect(finished).toMatchObject({ code: 0, stdout: expect.stringContaining("it is finished now") });
  expect(readFileSync(path, "utf8")).toContain("moved to PostgreSQL");
  expect(kept()).toHaveLength(1);
});

test("a move that is asked for with --check is refused, and moves nothing", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await seeded(data);
  const url = newUrl();
  const schema = new URL(url).searchParams.get("schema");
  const refused = await run(["migrate", "--to", "postgres", "--check", "--data", data], {
    COUNTERFOIL_DATABASE_URL: url,
  });
  expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("has no trial run") });
  expect(await database.query(`SELECT FROM pg_namespace WHERE nspname = '${schema}'`)).toEqual([]);
  expect(readdirSync(data).filter((name) => name.includes(".moved-"))).toEqual([]);
});

test("what is asked wrongly is said, and no address with its password is repeated", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const none = await move(data, newUrl());
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no ledger at") });
  const away = await move(data, `postgres://u:hunter2@127.0.0.1:${await freePort()}/x`);
  expect(away.code).toBe(1);
  expect(away.stdout + away.stderr).not.toContain("hunter2");
  const nowhere = await run(["migrate", "--to", "postgres", "--data", data], {});
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("COUNTERFOIL_DATABASE_URL must be") });
  const wrong = [
    ["?sslmode=require", "must have sslmode=verify-full"],
    ["?schma=x", "has a parameter that is none"],
    ["?pool=0", "must have a pool of 2 to 500"],
    ["?schema=Bad-Name", "must have a schema of small letters"],
    ["%zz", "has a % that begins no"],
    [`?sslmode=verify-full&sslrootcert=${data}/none`, "names with sslrootcert a file that cannot be read"],
  ] as const;
  const refused = await Promise.all(wrong.map(([end]) => move(data, `postgres://u:hunter2@127.0.0.1/x${end}`)));
  expect(refused.map(({ code }) => code)).toEqual(wrong.map(() => 2));
  expect(refused.map(({ stderr }) => stderr)).toEqual(
    wrong.map(([, told]) => expect.stringContaining(`ledger (COUNTERFOIL_DATABASE_URL) ${told}`)),
  );
  expect(refused.map(({ stderr }) => stderr).join("")).not.toContain("hunter2");
  const elsewhere = await run(["migrate", "--to", "mysql", "--data", data], {});
  expect(elsewhere).toMatchObject({ code: 2, stderr: "counterfoil: --to must be postgres.\n" });
});
