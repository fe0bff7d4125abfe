import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Explanation } from "../packages/server/src/explain/explain.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { run } from "./support/process.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const ESCAPE = "\u001b[2J\u001b[31m";
const HOSTILE_NAME = `mallory${ESCAPE}\r\n> 2026 forged \u202e\u2028`;

let directory: Directory;
let server: Server;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA, { username: HOSTILE_NAME, password: "a long password" }]);
  server = await startServer({ data: directory.path });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const ask = (id: string, ...flags: readonly string[]) => run(["explain", id, "--data", directory.path, ...flags]);

/** What is told of an id, once the server has written it: refusals are written in batches, soon after. */
async function explained(id: string, type: string): Promise<Explanation> {
  for (;;) {
    const { code, stdout } = await ask(id, "--json");
    const explanation = code === 0 ? (JSON.parse(stdout) as Explanation) : null;
    if (explanation?.timeline.some((entry) => entry.type === type) === true) return explanation;
  }
}

test("explain tells a session's whole life, beside the running server", async () => {
  const { refresh, sid, sub } = await signIn(server, KAVYA, { headers: { "User-Agent": "curl/8" } });
  await call(server, "POST", "/refresh", { token: refresh });
  await call(server, "POST", "/logout", { token: refresh });
  const refused = await call(server, "POST", "/refresh", { token: refresh });
  const explanation = await explained(sid, "refused");
  expect(explanation.session).toMatchObject({ sid, subject: sub, username: "kavya", transport: "bearer" });
  expect(explanation.session?.ended).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(explanation.timeline.map(({ type }) => type)).toEqual([
    "session_opened",
    "refresh_rotated",
    "session_ended",
    "refused",
  ]);
  const { code, stdout, stderr } = await ask(sid);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Session ses_\S+ of kavya, by bearer: ended /);
  expect(stdout).toContain("The session ended: the user signed out.");
  expect(stdout).toContain("curl/8");
  expect(stdout).toContain(String(refused.headers["request-id"]));
});

test("explain tells why a request was refused, and marks it in the session that it was about", async () => {
  const { refresh, sid } = await signIn(server, KAVYA);
  await call(server, "POST", "/logout", { token: refresh });
  const refused = await call(server, "POST", "/refresh", { token: refresh });
  const id = String(refused.headers["request-id"]);
  const explanation = await explained(id, "refused");
  expect([explanation.id, explanation.session?.sid]).toEqual([id, sid]);
  const { stdout } = await ask(id);
  const [marked, ...others] = stdout.split("\n").filter((line) => line.startsWith(">"));
  expect(others).toEqual([]);
  expect(marked).toContain("POST /refresh was refused as invalid_grant: its session had ended");
});

test("a refused sign-in has no session, and its reason is told to the operator alone", async () => {
  const unknown = await call(server, "POST", "/login", { body: { username: "nobody", password: "whatever" } });
  const id = String(unknown.headers["request-id"]);
  const explanation = await explained(id, "refused");
  expect(explanation.session).toBeNull();
  expect(explanation.timeline.map(({ what }) => what)).toEqual([
    expect.stringMatching(/^POST \/login was refused as invalid_credentials: there is no such user/),
  ]);
});

test("R161 control characters of a hostile user name and user agent are written as escapes, in text and in JSON", async () => {
  const agent = "evil \u009b31m";
  const body = { username: HOSTILE_NAME, password: "a long password" };
  const { sid, refresh } = await signIn(server, body, { headers: { "User-Agent": agent } });
  await call(server, "POST", "/logout", { token: refresh, headers: { "User-Agent": agent } });
  const [text, json] = [await ask(sid), await ask(sid, "--json")];
  expect(text.stdout).toContain("mallory\\u{1b}[2J");
  // oxlint-disable-next-line no-control-regex -- it is control characters that must not be there
  const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/;
  expect(text.stdout).not.toMatch(control);
  expect(text.stdout.split("\n").filter((line) => line.startsWith("> 2026 forged"))).toEqual([]);
  // oxlint-disable-next-line no-control-regex -- as above
  expect(json.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect((JSON.parse(json.stdout) as Explanation).session?.username).toBe(HOSTILE_NAME);
});

test("an unknown id and a missing ledger are exit codes and sentences, in text and in JSON, and make no ledger", async () => {
  for (const id of ["ses_AAAAAAAAAAAAAAAAAAAAAA", "req_nothing", "", "'; DROP TABLE events;--", ESCAPE]) {
    const { code, stdout, stderr } = await ask(id);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^counterfoil: The ledger knows no session and no request ".*\n$/);
  }
  const json = await ask("req_nothing", "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stderr)).toEqual({ error: expect.any(String), code: "not_found" });
  const empty = join(directory.path, "empty");
  const missing = await run(["explain", "req_nothing", "--data", empty]);
  expect([missing.code, missing.stderr]).toEqual([
    2,
    expect.stringMatching(/^counterfoil: There is no ledger at .*--data\.\n$/),
  ]);
});
