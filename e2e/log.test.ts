import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call, cookieName } from "./support/http.ts";
import { run } from "./support/process.ts";
import { ALL_ROUTES } from "./support/routes.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const PASSWORDS = ["correct horse battery staple", "a password in the name's place", "a wrong password, typed twice"];
const [PASSWORD, MISPLACED, WRONG] = PASSWORDS as [string, string, string];

/** All that a user and an attacker do, so that every kind of line is written. */
async function everything(server: Server): Promise<void> {
  const user = { username: "grace", password: PASSWORD };
  const { refresh, access } = await signIn(server, user);
  const { cookie } = await signIn(server, { ...user, transport: "cookie", remember: true });
  await call(server, "POST", "/login", { body: { username: "grace", password: WRONG } });
  await call(server, "POST", "/login", { body: { username: MISPLACED, password: WRONG } });
  await call(server, "POST", "/login", { body: `{"username":"grace","password":"${PASSWORD}"` });
  await call(server, "POST", "/login", { body: { ...user, [PASSWORD]: 1 } });
  const refreshed = await call(server, "POST", "/refresh", { token: refresh });
  server.journal.tokens.add(member(refreshed, "refresh_token"));
  const proved = await call(server, "POST", "/reauthenticate", { cookie, body: { password: PASSWORD } });
  const idempotency = { "Idempotency-Key": "the-key-of-a-token" };
  await call(server, "POST", "/refresh", { token: refresh, headers: idempotency });
  for (const { method, path } of ALL_ROUTES.filter((route) => !route.path.startsWith("/logout"))) {
    for (const carried of [
      { cookie },
      { token: refresh },
      { token: `${access}x` },
      { token: cookie },
      { cookie: access },
      { headers: { Cookie: `${cookieName(server)}=${cookie}; ${cookieName(server)}=${cookie}` } },
      { headers: { Authorization: `Basic ${Buffer.from(`grace:${PASSWORD}`).toString("base64")}` } },
      { headers: { "User-Agent": "probe", Referer: `https://a.example/?access_token=${access}` } },
    ]) {
      await call(server, method, path, carried);
      await call(server, method, `${path}?access_token=${access}&session_id=${cookie}`, carried);
    }
  }
  await call(server, "GET", `/${access}`);
  await call(server, "DELETE", `/sessions/${cookie}`, { cookie: cookieOf(proved) });
  await call(server, "POST", "/logout", { token: refresh });
  await call(server, "POST", "/logout/all", { cookie: cookieOf(proved) });
}

/** What a secret would look like where it must not be: as it is, encoded once more, and the part of it that counts. */
function forms(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret);
  const all = [bytes, Buffer.from(bytes.toString("base64url")), Buffer.from(bytes.toString("hex"))];
  if (!/^cf[srk]_/.test(secret)) return all;
  const inside = Buffer.from(secret.slice(4), "base64url");
  // Of a handle the locator opens the session; of a secret all 32 bytes.
  const key = secret.startsWith("cfk_") ? inside.subarray(0, 32) : inside.subarray(1, 17);
  return [...all, key, ...(["hex", "base64", "base64url"] as const).map((form) => Buffer.from(key.toString(form)))];
}

test("R034 R159 no password, no token and no secret is in the log or in any byte of the ledger, in any form", async () => {
  await using directory = await temporaryDirectory();
  const data = join(directory.path, "data");
  await addUsers(data, [{ username: "grace", password: PASSWORD }, KAVYA]);
  const secret = (await run(["secret"])).stdout.trim();
  const server = await startServer({ data, env: { COUNTERFOIL_SECRET: secret, COUNTERFOIL_LOG_LEVEL: "debug" } });
  await everything(server);
  const explained = await run(["explain", "req_none", "--data", data]);
  // Killed, not stopped: the write-ahead log stays beside the file, and both are looked at.
  await expect.poll(() => server.output().split('"refused"').length, { timeout: 20_000 }).toBeGreaterThan(50);
  await server.kill();
  const files = readdirSync(data).map((name) => [name, readFileSync(join(data, name))] as const);
  expect(files.map(([name]) => name)).toContain("counterfoil.db-wal");
  const places = [...files, ["the log", Buffer.from(server.output() + explained.stderr)] as const];
  const secrets = [...server.journal.tokens, ...PASSWORDS, secret];
  expect(secrets.length).toBeGreaterThan(8);
  const found = secrets.flatMap((one) =>
    places.flatMap(([place, bytes]) => (forms(one).some((form) => bytes.includes(form)) ? [`${one} in ${place}`] : [])),
  );
  expect(found).toEqual([]);
  // The search finds what is there: the names of the users, and the sessions by their public ids.
  const [database] = places.filter(([name]) => name.startsWith("counterfoil.db-wal"));
  expect(database![1].includes("grace")).toBe(true);
  expect(database![1].includes("ses_")).toBe(true);
});

test("R161 CR, LF and ESC in a user name, a user agent or an address stay inside one JSON line", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startServer({ data: directory.path });
  const forged = '\r\n{"level":30,"msg":"forged"}\n\u001b[31m';
  const before = server.running.stdout().split("\n").length;
  const headers = { "User-Agent": "evil\u009b31m\tagent" };
  await call(server, "POST", "/login", { body: { username: forged, password: WRONG }, headers });
  await call(server, "POST", "/login", { body: { [forged]: 1 }, headers });
  await call(server, "GET", `/me?x=${encodeURIComponent(forged)}`, { headers });
  await call(server, "DELETE", `/sessions/${encodeURIComponent(forged)}`, { headers });
  await expect.poll(() => server.running.stdout().split("\n").length, { timeout: 20_000 }).toBe(before + 4);
  const lines = server.running.stdout().trim().split("\n");
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string; time: string }).msg);
  expect(messages).not.toContain("forged");
  expect(messages.filter((message) => message === "refused")).toHaveLength(4);
  // oxlint-disable-next-line no-control-regex -- it is control characters that must not be there
  expect(server.running.stdout()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
});

test("R159 each refusal's line says when in UTC, who, what and where, and correlates with the answer", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  await using server = await startServer({ data: directory.path });
  const { refresh, sid } = await signIn(server, KAVYA);
  await call(server, "POST", "/logout", { token: refresh });
  const refused = await call(server, "POST", "/refresh", { token: refresh, headers: { "User-Agent": "curl/8" } });
  await expect.poll(() => server.running.stdout(), { timeout: 20_000 }).toContain('"refused"');
  const line = server.running
    .stdout()
    .split("\n")
    .find((text) => text.includes('"refused"'))!;
  expect(JSON.parse(line)).toMatchObject({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestId: refused.headers["request-id"],
    remoteAddress: "127.0.0.1",
    userAgent: "curl/8",
    method: "POST",
    route: "/refresh",
    status: 401,
    code: "invalid_grant",
    reason: "session_over",
    sid,
  });
});
