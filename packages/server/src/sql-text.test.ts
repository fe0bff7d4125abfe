import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test, vi } from "vitest";
import { bearer, json, login, request, temporaryDirectory, testOptions } from "../test/options.ts";
import { createCounterfoil } from "./index.ts";

const statements = new Set<string>();

/** Notes the text of every statement that reaches SQLite. */
function listen(): void {
  for (const name of ["prepare", "exec"] as const) {
    const original = DatabaseSync.prototype[name] as (this: DatabaseSync, ...input: readonly unknown[]) => never;
    vi.spyOn(DatabaseSync.prototype, name).mockImplementation(function note(this: DatabaseSync, ...input: unknown[]) {
      statements.add(String(input[0]));
      return original.apply(this, input);
    });
  }
}

afterEach(() => {
  vi.restoreAllMocks();
  statements.clear();
});

const HOSTILE = ["SENTINEL'; DROP TABLE users; --", 'SENTINEL" OR "1"="1', "SENTINEL\\'); SELECT 1; --", "SENTINEL%_"];

test("R148 nothing that was sent is in the text of a statement: values are bound, all of them", async () => {
  await using directory = await temporaryDirectory();
  listen();
  await using cf = createCounterfoil(testOptions({ ledger: `sqlite:${join(directory.path, "ledger.db")}` }));
  for (const text of HOSTILE) {
    const headers = { "User-Agent": text };
    const signedIn = await json(await cf.fetch(login(text, {}, headers), { remoteAddress: "192.0.2.1" }));
    const refresh = { ...bearer(signedIn["refresh_token"]), ...headers };
    expect((await cf.fetch(request("POST", "/refresh", { ...refresh, "Idempotency-Key": "SENTINEL'--" }))).status).toBe(
      200,
    );
    const access = bearer(signedIn["access_token"]);
    expect((await cf.fetch(request("GET", "/sessions", access))).status).toBe(200);
    await cf.fetch(request("DELETE", `/sessions/${encodeURIComponent(text)}`, access));
    await cf.users.setRoles(`user-${text}`, ["SENTINEL'--"]);
    const [session] = await cf.sessions.list(`user-${text}`);
    await cf.sessions.amend(session!.sid, 0, { [text]: text });
    await cf.users.disable(`user-${text}`);
    await cf.users.delete(`user-${text}`);
  }
  expect(statements.size).toBeGreaterThan(20);
  expect([...statements].filter((sql) => sql.includes("SENTINEL"))).toEqual([]);
});

test("R148 the same requests, a hundred times, are the same few statements", async () => {
  await using directory = await temporaryDirectory();
  listen();
  await using cf = createCounterfoil(testOptions({ ledger: `sqlite:${join(directory.path, "ledger.db")}` }));
  const round = async (index: number) => {
    const { refresh_token: token } = await json(await cf.fetch(login(`user${index}`)));
    await cf.fetch(request("POST", "/refresh", bearer(token)));
    await cf.fetch(request("POST", "/logout", bearer(token)));
  };
  for (let index = 0; index < 5; index++) await round(index);
  const before = statements.size;
  for (let index = 5; index < 100; index++) await round(index);
  // What is written behind the requests may come as one row or as several.
  expect(statements.size - before).toBeLessThan(10);
});
