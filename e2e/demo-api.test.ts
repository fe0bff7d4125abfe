import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { openStream } from "./support/event-stream.ts";
import { call } from "./support/http.ts";
import { Journal } from "./support/journal.ts";
import { freePort } from "./support/port.ts";
import { run } from "./support/process.ts";
import type { Server } from "./support/server.ts";
import { startDemo } from "./support/server.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

// The demonstration's sample API, as a visitor meets it.
let directory: Directory;
let demo: Server;
let apiPort: number;

beforeAll(async () => {
  directory = await temporaryDirectory();
  apiPort = await freePort();
  demo = await startDemo(directory.path, { apiPort });
});

afterAll(async () => {
  await demo[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const PATIENCE = { timeout: 30_000, interval: 20 };
const url = () => `http://127.0.0.1:${apiPort}`;

async function ask(path: string, token?: string): Promise<readonly [status: number, code: unknown]> {
  const response = await fetch(
    url() + path,
    token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } },
  );
  const body = (await response.json()) as Record<string, unknown>;
  return [response.status, body["code"]];
}

test("R021 R147 after a sign-out the API refuses, and says how long it took; its stream and its WebSocket end", async () => {
  const { access, sid } = await signIn(demo, KAVYA);
  expect(await ask("/orders", access)).toEqual([200, undefined]);
  await using stream = await openStream({ port: apiPort, issuer: url(), journal: new Journal() }, "/stream", access);
  const socket = new WebSocket(`ws://127.0.0.1:${apiPort}/socket`, ["counterfoil.sample", access]);
  const [hello] = (await once(socket, "message")) as [Buffer];
  expect(JSON.parse(hello.toString())).toEqual({ hello: expect.stringMatching(/^usr_/) });
  const closed = once(socket, "close");
  await call(demo, "POST", "/logout", { token: access });
  await expect.poll(() => ask("/orders", access), PATIENCE).toEqual([401, "invalid_token"]);
  const [code, reason] = (await closed) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([4001, "session_ended"]);
  await stream.ended;
  await expect
    .poll(() => demo.output(), PATIENCE)
    .toMatch(
      new RegExp(
        `refuses, 401 invalid_token, the token of session ${sid} .*\\d+ ms after it was decided\\. Promised: 1000 ms`,
      ),
    );
});

test("R147 a WebSocket needs a good token, and a page of the server's own where a browser opens it", async () => {
  const { access } = await signIn(demo, KAVYA);
  const refused = async (protocols: string[], headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${apiPort}/socket`, protocols, { headers });
    const [error] = (await once(socket, "error")) as [Error];
    return error.message;
  };
  expect(await refused(["counterfoil.sample"])).toContain("401");
  expect(await refused(["counterfoil.sample", "eyJ.eyJ.x"])).toContain("401");
  expect(await refused(["counterfoil.sample", access], { Origin: "https://evil.example" })).toContain("403");
});

test("R123 a role that is changed by command is seen by the API without a new sign-in", async () => {
  const { access, refresh } = await signIn(demo, ARJUN);
  expect(await ask("/reports", access)).toEqual([403, "insufficient_role"]);
  const data = ["--data", `${directory.path}/demo`];
  expect((await run(["users", "roles", "arjun", "user", "admin", ...data])).code).toBe(0);
  await expect.poll(() => ask("/reports", access), PATIENCE).toEqual([401, "claims_changed"]);
  const refreshed = await call(demo, "POST", "/refresh", { token: refresh });
  expect(await ask("/reports", String(refreshed.body["access_token"]))).toEqual([200, undefined]);
});

test("R124 cut off by a command, the API follows its policy and says so; healed by another, it goes on", async () => {
  const { access } = await signIn(demo, KAVYA);
  expect(await ask("/orders", access)).toEqual([200, undefined]);
  const cut = await run(["demo", "cut", "--api-port", String(apiPort), "--json"]);
  expect([cut.code, JSON.parse(cut.stdout)]).toEqual([0, { feed: "cut" }]);
  await expect.poll(() => ask("/orders", access), PATIENCE).toEqual([503, "unavailable"]);
  const status = (await (await fetch(`${url()}/status`)).json()) as { readonly state: string };
  expect(status.state).toBe("stale");
  expect(demo.output()).toMatch(/stale: no receipt for 1000 ms/);
  expect((await run(["demo", "heal", "--api-port", String(apiPort)])).code).toBe(0);
  await expect.poll(() => ask("/orders", access), PATIENCE).toEqual([200, undefined]);
});

test("the feed is not switched by a page of another site, nor where no demonstration runs", async () => {
  const response = await fetch(`${url()}/feed/cut`, { method: "POST", headers: { Origin: "https://evil.example" } });
  expect(response.status).toBe(403);
  const nowhere = await run(["demo", "cut", "--api-port", String(await freePort())]);
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/No demonstration's API answers on port/)]);
});

test("a second demonstration on the same ledger stops at a taken port with a sentence that names the flag, and the first one's API goes on", async () => {
  const { access } = await signIn(demo, KAVYA);
  const other = String(await freePort());
  const data = ["--data", directory.path];
  const sameApi = await run(["demo", "--port", other, "--api-port", String(apiPort), ...data]);
  expect([sameApi.code, sameApi.stderr]).toEqual([2, expect.stringMatching(/choose another port with --api-port/)]);
  const sameServer = await run(["demo", "--port", String(demo.port), "--api-port", other, ...data]);
  expect([sameServer.code, sameServer.stderr]).toEqual([2, expect.stringMatching(/choose another port with --port/)]);
  const listed = await run(["verifiers", "list", "--data", `${directory.path}/demo`]);
  expect(listed.stdout).toContain(`sample-api-${apiPort}`);
  expect(listed.stdout).not.toContain(other);
  expect(await ask("/orders", access)).toEqual([200, undefined]);
});
