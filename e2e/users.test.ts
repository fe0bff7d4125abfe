import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { NEW_PASSWORD, NEXT_PASSWORD } from "./support/password.ts";
import { run } from "./support/process.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { claimsOf, KAVYA, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

let directory: Directory;
let server: Server;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await addUsers(directory.path, [{ ...KAVYA, roles: ["admin"] }]);
  server = await startServer({ data: directory.path });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const users = (...args: readonly string[]) =>
  run(["users", ...args, "--data", directory.path], { COUNTERFOIL_ISSUER: server.issuer });

async function usersJson(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await users(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

const redeem = async (code: unknown, new_password = NEW_PASSWORD) =>
  (await call(server, "POST", "/password", { body: { code, new_password } })).status;

const login = async (username: string, password = NEW_PASSWORD) =>
  (await call(server, "POST", "/login", { body: { username, password } })).status;

/** A user who can sign in with the new password. */
async function add(name: string, ...flags: readonly string[]) {
  const added = await usersJson("add", name, ...flags);
  expect(await redeem(added["code"])).toBe(204);
  return added;
}

/** Within a second: a server reads the revocation log at least every 250 ms. */
const SECOND_MS = 1_000;

test("add prints a one-time code and how to redeem it; the very command that it prints sets the password", async () => {
  const { code, stdout, stderr } = await users("add", "Grace", "--role", "editor", "--role", "user");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Added Grace \(usr_[\w-]{22}\), roles editor, user\.\n/);
  expect(stdout).toMatch(/^Good until: {5}\d{4}-\d\d-\d\dT\S+Z, and for one use$/m);
  const [, url, type, body] = /^ {2}curl (\S+) -H '([^']+)' -d @-\n[^]*?^ {2}(\{.*\})$/m.exec(stdout) ?? [];
  expect([url, type]).toEqual([`${server.issuer}/password`, "Content-Type: application/json"]);
  const given = body!.replace("THE NEW PASSWORD", NEW_PASSWORD);
  expect((await call(server, "POST", "/password", { body: given })).status).toBe(204);
  const { access } = await signIn(server, { username: "grace", password: NEW_PASSWORD });
  expect(claimsOf(access).roles).toEqual(["editor", "user"]);
});

test("add --json says it all, once; a name that is taken, in whatever spelling, is exit code 1", async () => {
  const added = await usersJson("add", "Lise");
  expect(added).toEqual({
    subject: expect.stringMatching(/^usr_/),
    username: "Lise",
    roles: [],
    code: expect.stringMatching(/^cfp_/),
    expires_at: expect.stringMatching(/Z$/),
    redeem_at: `${server.issuer}/password`,
  });
  const taken = await users("add", "LISE", "--json");
  expect([taken.code, taken.stdout]).toEqual([1, ""]);
  expect(JSON.parse(taken.stderr)).toMatchObject({
    code: "conflict",
    error: expect.stringContaining("reset-password"),
  });
});

test("of many administrators who add one name at once one does", async () => {
  const ended = await Promise.all(Array.from({ length: 6 }, () => users("add", "contended", "--json")));
  expect(ended.map(({ code }) => code).toSorted((left, right) => (left ?? 2) - (right ?? 2))).toEqual([
    0, 1, 1, 1, 1, 1,
  ]);
  const [winner] = ended.flatMap(({ code, stdout }) => (code === 0 ? [JSON.parse(stdout) as { code: string }] : []));
  expect(await redeem(winner?.code)).toBe(204);
});

test("disable, enable, roles and delete take effect in the running server within a second", async () => {
  const { subject } = await add("ada", "--role", "user");
  const body = { username: "ada", password: NEW_PASSWORD };
  const me = async (token: string) => (await call(server, "GET", "/me", { token })).body["code"] ?? "ok";

  const before = await signIn(server, body);
  expect(await me(before.access)).toBe("ok");
  expect((await users("roles", "ada", "admin", "user")).stdout).toMatch(/^ada has roles admin, user now/);
  await sleep(SECOND_MS);
  expect(await me(before.access)).toBe("claims_changed");

  const roled = await signIn(server, body);
  expect((await users("disable", String(subject))).stdout).toMatch(/^ada is disabled, and signed out everywhere/);
  await sleep(SECOND_MS);
  expect(await me(roled.access)).not.toBe("ok");
  expect((await call(server, "POST", "/refresh", { token: roled.refresh })).status).toBe(401);
  expect(await login("ada")).toBe(401);
  expect((await users("disable", "ada")).stdout).toBe("ada is disabled already.\n");

  expect((await users("enable", "ADA")).code).toBe(0);
  const enabled = await signIn(server, body);
  expect(await usersJson("delete", "ada", "--yes")).toEqual({ subject, username: "ada", outcome: "changed" });
  await sleep(SECOND_MS);
  expect(await me(enabled.access)).not.toBe("ok");
  expect(await login("ada")).toBe(401);
  expect((await users("enable", String(subject))).code).toBe(1);
});

test("R118 reset-password gives a code, never a password; the newest alone is good", async () => {
  await add("ivana");
  const [first, second] = [await usersJson("reset-password", "ivana"), await usersJson("reset-password", "ivana")];
  expect(await login("ivana")).toBe(200);
  expect([await redeem(first["code"], NEXT_PASSWORD), await redeem(second["code"], NEXT_PASSWORD)]).toEqual([401, 204]);
  expect([await login("ivana"), await login("ivana", NEXT_PASSWORD)]).toEqual([401, 200]);
  // Nothing here takes a password: nobody chooses another's.
  for (const args of [
    ["add", "mallory", "--password", "x"],
    ["reset-password", "ivana", "x y z"],
  ]) {
    expect((await users(...args)).code).toBe(2);
  }
});

test("R112 reset-password --compromised ends every session and the password itself within a second", async () => {
  await add("judith");
  const { access, refresh } = await signIn(server, { username: "judith", password: NEW_PASSWORD });
  const { stdout } = await users("reset-password", "judith", "--compromised");
  expect(stdout).toMatch(/^The password of judith is gone, and every session has ended\.\n/);
  await sleep(SECOND_MS);
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(401);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(401);
  expect(await login("judith")).toBe(401);
  expect(await redeem(/cfp_[\w-]{22}/.exec(stdout)?.[0])).toBe(204);
  expect(await login("judith")).toBe(200);
});

test("two administrators at once: whatever both decide about one user is done once, and neither fails", async () => {
  await add("pair");
  const both = async (...args: readonly string[]) => {
    const ended = await Promise.all([users(...args, "--json"), users(...args, "--json")]);
    return ended.map(({ code, stdout }) => [code, code === 0 ? outcomeOf(stdout) : null]).toSorted(byText);
  };
  expect(await both("disable", "pair")).toEqual([
    [0, "changed"],
    [0, "unchanged"],
  ]);
  expect(await both("roles", "pair", "one", "two")).toEqual([
    [0, "changed"],
    [0, "unchanged"],
  ]);
  expect(await both("enable", "pair")).toEqual([
    [0, "changed"],
    [0, "unchanged"],
  ]);
  expect(await both("delete", "pair", "--yes")).toEqual([
    [0, "changed"],
    [1, null],
  ]);
});

function outcomeOf(stdout: string): unknown {
  return (JSON.parse(stdout) as { readonly outcome: string }).outcome;
}

function byText(left: readonly unknown[], right: readonly unknown[]): number {
  return String(left) < String(right) ? -1 : 1;
}

test("R035 a name that is deleted and added again is another user's, whose code and sessions are its own", async () => {
  const first = await add("phoenix");
  const session = await signIn(server, { username: "phoenix", password: NEW_PASSWORD });
  const code = (await usersJson("reset-password", "phoenix"))["code"];
  await usersJson("delete", "phoenix", "--yes");
  const second = await usersJson("add", "phoenix");
  expect(second["subject"]).not.toBe(first["subject"]);
  expect(await redeem(code)).toBe(401);
  expect((await call(server, "POST", "/refresh", { token: session.refresh })).status).toBe(401);
  expect(await login("phoenix")).toBe(401);
  expect(await redeem(second["code"], NEXT_PASSWORD)).toBe(204);
});

test("list shows users in pages, newest first, and by name with --search; each page says how to go on", async () => {
  await using own = await temporaryDirectory();
  await addUsers(own.path, []);
  const list = (...args: readonly string[]) => run(["users", "list", "--data", own.path, ...args]);
  expect((await list()).stdout).toBe("There are no users yet: `counterfoil users add <name>` adds one.\n");
  const names = ["berta", "anna", "anja", "anton", "clara"];
  await addUsers(
    own.path,
    names.map((username) => ({ username, password: null, roles: ["user"] })),
  );
  const seen: string[] = [];
  let after: readonly string[] = [];
  for (let page = 0; page < 3; page++) {
    const { stdout } = await list("--limit", "2", ...after);
    const [heading, ...rows] = stdout.split("\n\n")[0]!.trim().split("\n");
    expect(heading).toMatch(/^NAME +SUBJECT +ROLES +STATE +CREATED$/);
    seen.push(...rows.map((row) => row.split(/ +/)[0]!));
    expect(rows.every((row) => /^\S+ +usr_\S{22} +user +no password +\d{4}-\S+Z$/.test(row))).toBe(true);
    after = ["--after", /--after (\S+)\n$/.exec(stdout)?.[1] ?? ""];
  }
  expect(seen).toHaveLength(5);
  expect(new Set(seen)).toEqual(new Set(names));
  expect(after).toEqual(["--after", ""]);
  const found = JSON.parse((await list("--search", "AN", "--limit", "2", "--json")).stdout) as {
    readonly users: readonly { readonly username: string }[];
    readonly next: string;
  };
  expect(found.users.map(({ username }) => username)).toEqual(["anja", "anna"]);
  const rest = await list("--search", "AN", "--after", found.next, "--json");
  expect((JSON.parse(rest.stdout) as typeof found).users.map(({ username }) => username)).toEqual(["anton"]);
  expect((await list("--search", "nobody")).stdout).toBe("No user's name begins so.\n");
  expect((await list("--after", found.next)).code).toBe(2);
});

const HOSTILE = ["", "\u001b[2J", "'; DROP TABLE users;--", "usr_", "x".repeat(5000)] as const;

test("whoever is named and is not there is exit code 1 and a sentence, for each command, and escapes nothing", async () => {
  const asked = [
    ...HOSTILE.map((name) => ["disable", name]),
    ...[["roles", "x"], ["enable"], ["delete", "--yes"], ["reset-password"]].map(([command, ...rest]) => {
      return [command!, HOSTILE[1], ...rest];
    }),
  ];
  const ended = await Promise.all(asked.map((args) => users(...args)));
  expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(ended.map(() => [1, ""]));
  for (const { stderr } of ended) {
    expect(stderr).toMatch(/^counterfoil: There is no user ".*\n$/);
    // oxlint-disable-next-line no-control-regex -- it is control characters that must not be there
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  }
});

test("what is asked wrongly is exit code 2 and a sentence, and changes nothing", async () => {
  const wrong: readonly (readonly string[])[] = [
    [],
    ["add"],
    ["add", " kavya"],
    ["add", "x".repeat(257)],
    ["add", "usr_AAAAAAAAAAAAAAAAAAAAAA"],
    ["add", "new", "--role", "two words"],
    ["list", "--limit", "0"],
    ["list", "--limit", "1001"],
    ["list", "--limit", "ten"],
    ["list", "--after", "c1.x y"],
    ["roles", "kavya"],
    ["roles", "kavya", "admin", "--none"],
    ["disable"],
    ["delete", "kavya"],
    ["reset-password"],
    ["reset-password", "kavya", "--code", "x"],
  ];
  const ended = await Promise.all(wrong.map((args) => users(...args)));
  expect(ended.map(({ code }, index) => [wrong[index], code])).toEqual(wrong.map((args) => [args, 2]));
  for (const { stdout, stderr } of ended) {
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/\n\s+at |node:internal/);
  }
  expect((await users("roles", "kavya", "--none")).stdout).toMatch(/^kavya has no roles now/);
  expect(await login("kavya", KAVYA.password)).toBe(200);
});

test("without a ledger nothing is made, and the sentence says where it was looked for", async () => {
  const empty = join(directory.path, "empty");
  for (const args of [["list"], ["add", "grace"]]) {
    const ended = await run(["users", ...args, "--data", empty]);
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringMatching(/^counterfoil: There is no ledger at .*empty/),
    ]);
  }
  const memory = await run(["users", "list"], { COUNTERFOIL_DATABASE_URL: "memory:" });
  expect([memory.code, memory.stderr]).toEqual([2, expect.stringMatching(/memory:/)]);
});
