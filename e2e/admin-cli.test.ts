import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { run, start } from "./support/process.ts";
import { startServer } from "./support/server.ts";
import { NO_SID } from "./support/routes.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const SHUT = { timeout: 20_000 };

async function serve(data: string) {
  const server = await startServer({ data });
  await addUsers(data, [KAVYA, ARJUN]);
  return server;
}

const lines = (text: string) => text.trim().split("\n");
const parsed = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);

test("R025 sessions are listed and ended from the command line, beside the server, which refuses them within a second", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await using server = await serve(data);
  const kavya = await signIn(server, { ...KAVYA, transport: "cookie", device_name: "Kitchen tablet" });
  const arjun = await signIn(server, ARJUN, { headers: { "User-Agent": "curl/8.5.0" } });
  const at = ["--data", data];

  const list = await run(["sessions", "list", ...at]);
  expect([list.code, list.stderr]).toEqual([0, ""]);
  const [header, first, second, hint] = lines(list.stdout);
  expect(header).toMatch(/^SESSION +USER +BY +SINCE \(UTC\) +DEVICE$/);
  expect(first).toMatch(new RegExp(`^${arjun.sid}  arjun  bearer  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  +curl$`));
  expect(second).toMatch(new RegExp(`^${kavya.sid}  kavya  cookie .* Kitchen tablet$`));
  expect(hint).toContain("sessions revoke");
  const one = await run(["sessions", "list", "--user", "KAVYA", "--json", ...at]);
  expect(JSON.parse(one.stdout)).toMatchObject({
    more: false,
    sessions: [{ sid: kavya.sid, sub: kavya.sub, created_at: expect.stringMatching(/Z$/) }],
  });
  const limited = await run(["sessions", "list", "--limit", "1", ...at]);
  expect(limited.stdout).toMatch(/^There are more: --limit 10 shows them\.$/m);

  const revoked = await run(["sessions", "revoke", arjun.sid, NO_SID, ...at]);
  expect([revoked.code, revoked.stdout]).toEqual([1, expect.stringContaining(`${arjun.sid}: ended.`)]);
  await sleep(1000);
  expect((await call(server, "GET", "/me", { token: arjun.access })).body["code"]).toBe("invalid_token");
  const again = await run(["sessions", "revoke", arjun.sid, "--json", ...at]);
  expect([again.code, JSON.parse(again.stdout)]).toEqual([
    0,
    { sessions: [{ sid: arjun.sid, outcome: "already_ended" }] },
  ]);

  const byUser = await run(["sessions", "revoke", "--user", kavya.sub, ...at]);
  expect([byUser.code, byUser.stdout]).toEqual([0, "1 session ended.\n"]);
  await sleep(1000);
  expect((await call(server, "GET", "/me", { cookie: kavya.cookie })).body["code"]).toBe("invalid_session");

  const last = await signIn(server, KAVYA);
  const everybody = await run(["sessions", "revoke", "--everybody", "--yes", ...at]);
  expect([everybody.code, everybody.stdout]).toEqual([
    0,
    "1 session ended; 1 signing key was revoked. Everybody has to sign in again.\n",
  ]);
  await sleep(1000);
  expect((await call(server, "GET", "/me", { token: last.access })).body["code"]).toBe("invalid_token");
  expect((await run(["sessions", "list", ...at])).stdout).toBe("Nobody is signed in.\n");
  expect((await call(server, "GET", "/me", { token: (await signIn(server, KAVYA)).access })).status).toBe(200);

  const log = await run(["events", "--type", "every_session_ended,session_ended", "--json", ...at]);
  expect(parsed(log.stdout).map(({ type, actor, user_agent }) => [type, actor, user_agent])).toEqual([
    ["session_ended", "command line", "counterfoil sessions revoke"],
    ["session_ended", "command line", "counterfoil sessions revoke --user"],
    ["every_session_ended", "command line", "counterfoil sessions revoke --everybody"],
  ]);
}, 60_000);

test.each([
  [["sessions", "revoke"], 2, /in one way/],
  [["sessions", "revoke", NO_SID, "--user", "kavya"], 2, /in one way/],
  [["sessions", "revoke", "--everybody"], 2, /--yes/],
  [["sessions", "revoke", "kavya"], 2, /look like ses_/],
  [["sessions", "revoke", "--user", "nobody"], 1, /no user "nobody"/],
  [["sessions", "revoke", "--user", "usr_\u001b[31m"], 1, /no user/],
  [["sessions", "list", "--user", "nobody"], 1, /no user "nobody"/],
  [["sessions", "list", "--limit", "0"], 2, /whole number from 1/],
  [["sessions", "lst"], 2, /unknown command/],
  [["events", "--type", "nothing"], 2, /session_opened/],
  [["events", "--session", "kavya"], 2, /ses_/],
  [["events", "--user", "nobody"], 1, /no user/],
  [["events", "--limit", "1e3"], 2, /whole number/],
])("%j is refused with a sentence, and nobody is signed out", async (args, code, sentence) => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  const ended = await run([...args, "--data", directory.path]);
  expect([ended.code, ended.stdout]).toEqual([code, ""]);
  expect(ended.stderr).toMatch(sentence);
  expect(ended.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  expect(ended.stderr).not.toContain("\u001b");
});

test("asking makes no ledger, and says where none is", async () => {
  await using directory = await temporaryDirectory();
  for (const args of [["sessions", "list"], ["events"], ["events", "--follow"]]) {
    const ended = await run([...args, "--data", directory.path]);
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).toContain("There is no ledger at");
  }
});

test("events are read as lines for people and for programs, and followed across a restart of the server, to Ctrl+C", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const at = ["--data", data];
  {
    await using server = await serve(data);
    const kavya = await signIn(server, KAVYA, { headers: { "User-Agent": "curl/8.5.0" } });
    const { stdout } = await run(["events", "--user", "kavya", "--type", "session_opened", ...at]);
    expect(stdout).toMatch(/^ {2}\d{4}-\S+Z {2}Signed in; carried as a refresh token/);
    expect(lines(stdout)[1]).toContain(`${kavya.sub} · ${kavya.sid} · 127.0.0.1 · curl/8.5.0 · req_`);
    const request = String(kavya.answer.headers["request-id"]);
    expect(parsed((await run(["events", "--request", request, "--json", ...at])).stdout)).toHaveLength(1);
    expect(parsed((await run(["events", "--session", kavya.sid, "--json", ...at])).stdout)).toHaveLength(1);
    expect(parsed((await run(["events", "--json", "--limit", "2", ...at])).stdout)).toHaveLength(2);
  }
  const following = start(["events", "--follow", "--json", "--limit", "0", "--type", "session_opened", ...at]);
  await sleep(1500);
  {
    await using server = await startServer({ data });
    await signIn(server, ARJUN);
    await expect.poll(() => following.stdout(), SHUT).toMatch(/"session_opened"[^\n]*\n$/);
    await server.kill();
  }
  await using server = await startServer({ data });
  await signIn(server, KAVYA);
  await expect.poll(() => parsed(following.stdout()).length, SHUT).toBe(2);
  following.child.kill("SIGINT");
  const ended = await following.ended;
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  const ids = parsed(ended.stdout).map(({ id }) => Number(id));
  expect(ids[1]).toBeGreaterThan(ids[0]!);
}, 60_000);

test("a reader that has had enough ends the command quietly", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(
    directory.path,
    Array.from({ length: 20 }, (_, index) => ({ username: `user${index}`, password: null })),
  );
  const following = start(["events", "--follow", "--data", directory.path]);
  await once(following.child.stdout!, "data");
  const exited = once(following.child, "exit");
  following.child.stdout!.destroy();
  await addUsers(directory.path, [{ username: "one more", password: null }]);
  await exited;
  expect([following.child.exitCode, following.stderr()]).toEqual([0, ""]);
});

test("what is done to users from the command line is told as the command line's, all of one command under one id", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [ARJUN]);
  const at = ["--data", directory.path];
  for (const args of [
    ["add", "new"],
    ["roles", "arjun", "editor"],
    ["disable", "arjun"],
    ["enable", "arjun"],
  ]) {
    expect((await run(["users", ...args, ...at])).code).toBe(0);
  }
  const told = parsed((await run(["events", "--json", ...at])).stdout).slice(1);
  expect(told.map(({ type, actor, user_agent }) => [type, actor, user_agent])).toEqual([
    ["user_created", "command line", "counterfoil users add"],
    ["password_code_issued", "command line", "counterfoil users add"],
    ["roles_changed", "command line", "counterfoil users roles"],
    ["user_disabled", "command line", "counterfoil users disable"],
    ["all_sessions_ended", "command line", "counterfoil users disable"],
    ["user_enabled", "command line", "counterfoil users enable"],
  ]);
  expect(told[0]!["request_id"]).toMatch(/^req_cli_/);
  const explained = await run(["explain", String(told[0]!["request_id"]), ...at]);
  expect(explained.stdout).toContain("by command line");
});

test("what was done to a deleted user is found by the subject, which nobody else is given", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [ARJUN]);
  const at = ["--data", directory.path];
  const { subject } = JSON.parse((await run(["users", "add", "new", "--json", ...at])).stdout) as { subject: string };
  expect((await run(["users", "delete", "new", "--yes", ...at])).code).toBe(0);
  const found = await run(["events", "--user", subject, "--json", ...at]);
  expect([found.code, found.stderr]).toEqual([0, ""]);
  const types = parsed(found.stdout).map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(["user_created", "user_deleted"]));
  expect(parsed(found.stdout).every((event) => event["sub"] === subject)).toBe(true);
  const byName = await run(["events", "--user", "new", ...at]);
  expect([byName.code, byName.stderr]).toEqual([1, expect.stringContaining("There is no user")]);
});
