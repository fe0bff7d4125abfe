import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "@counterfoil/core";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { fullDisk } from "./support/full-disk.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { freePort } from "./support/port.ts";
import { run } from "./support/process.ts";
import { startServer } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

test("R162 a full disk is 503 with Retry-After for whatever must be written, nobody is signed out, and room mends it", async () => {
  await using directory = await temporaryDirectory();
  using disk = fullDisk(directory.path);
  await addUsers(disk.path, [KAVYA]);
  await using server = await startServer({ data: disk.path });
  const { access, refresh } = await signIn(server, KAVYA);
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  disk.fill(server.pid);
  // The write-ahead log has pages of its own left: they go first.
  await expect
    .poll(async () => (await call(server, "POST", "/login", { body: KAVYA })).status, { timeout: 30_000 })
    .toBe(503);
  for (const [path, carried] of [
    ["/refresh", { token: refresh }],
    ["/logout", { token: refresh }],
    ["/logout", { cookie }],
    ["/login", { body: KAVYA }],
  ] as const) {
    const refused = await call(server, "POST", path, carried);
    expect([path, refused.status, refused.body["code"], refused.setCookies]).toEqual([path, 503, "unavailable", []]);
  }
  // What only reads goes on.
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(200);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
  expect((await call(server, "GET", "/healthz")).status).toBe(200);
  disk.free(server.pid);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(200);
  expect((await call(server, "POST", "/logout", { cookie })).status).toBe(204);
  await signIn(server, KAVYA);
});

test("R162 a ledger that another process keeps locked is 503 for writes, reads go on, and its release mends it", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  await using server = await startServer({ data: directory.path });
  const { access, refresh } = await signIn(server, KAVYA);
  const other = new DatabaseSync(join(directory.path, "counterfoil.db"));
  other.exec("BEGIN IMMEDIATE");
  const waiting = Promise.all([
    call(server, "POST", "/refresh", { token: refresh }),
    call(server, "POST", "/logout", { token: refresh }),
    call(server, "POST", "/login", { body: KAVYA }),
  ]);
  // While they wait, the event loop is free.
  expect((await call(server, "GET", "/dashboard", { token: access })).status).toBe(404);
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(200);
  expect((await call(server, "GET", "/readyz")).status).toBe(200);
  const answers = await waiting;
  expect(answers.map(({ status, body }) => [status, body["code"]])).toEqual(answers.map(() => [503, "unavailable"]));
  other.exec("ROLLBACK");
  other.close();
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(200);
  expect((await call(server, "POST", "/logout", { token: refresh })).status).toBe(204);
});

test("R162 a damaged ledger stops the start with a sentence, and once it is restored the sessions go on", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  const path = join(directory.path, "counterfoil.db");
  const first = await startServer({ data: directory.path });
  const { refresh } = await signIn(first, KAVYA);
  await first.stop();
  const good = await readFile(path);
  // The header stays; all pages behind the schema's are noise.
  await writeFile(path, Buffer.concat([good.subarray(0, 4096), Buffer.alloc(good.length - 4096, 0xa5)]));
  const damaged = await run(["serve", "--port", String(await freePort()), "--data", directory.path]);
  expect(damaged.code).toBe(1);
  expect(damaged.stderr).toMatch(/^counterfoil: The ledger's file is damaged: .*\n$/);

  await writeFile(path, good);
  await using second = await startServer({ data: directory.path });
  expect((await call(second, "POST", "/refresh", { token: refresh })).status).toBe(200);
});

test("a file that is no ledger, or another application's, is left alone, with a sentence", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "counterfoil.db");
  const serve = async () => run(["serve", "--port", String(await freePort()), "--data", directory.path]);
  const text = "This is somebody's letter, and no database. ".repeat(200);
  await writeFile(path, text);
  const letter = await serve();
  expect([letter.code, letter.stdout]).toEqual([1, ""]);
  expect(letter.stderr).toMatch(/^counterfoil: The ledger's file is not a ledger: .*\n$/);
  expect(await readFile(path, "utf8")).toBe(text);

  await writeFile(path, "");
  const foreign = new DatabaseSync(path);
  foreign.exec("CREATE TABLE songs (title TEXT)");
  foreign.close();
  const refused = await serve();
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^counterfoil: The ledger's file is another application's database: .*\n$/);
});

test("a log of events that cannot be written is told of once, and what it missed is in it when it is back", async () => {
  await using server = await startLocal();
  const { ledger } = server.services;
  const appendEvents = ledger.appendEvents.bind(ledger);
  const error = new StoreError("out of reach");
  ledger.appendEvents = () => Promise.reject(error);
  const refused = await call(server, "GET", "/me");
  await expect.poll(() => server.notices.filter(({ type }) => type === "background_fault")).toHaveLength(1);
  expect(server.notices.at(-1)).toEqual({ type: "background_fault", task: "events", error });
  ledger.appendEvents = appendEvents;
  expect(await server.eventsOf(refused)).toMatchObject([{ body: { type: "refused", reason: "no_credential" } }]);
});
