import { expect, test, vi } from "vitest";
import { Argon2 } from "../packages/server/src/platform/argon2.ts";
import { outsideOf } from "./support/answer.ts";
import { DAY, MINUTE, SECOND } from "./support/clock.ts";
import { all, from, HOME, OFFICE, stranger } from "./support/crowd.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";
import { startServer } from "./support/server.ts";
import { addUsers } from "./support/user.ts";

const HASHES_AT_ONCE = 8;

/** Behind a proxy that tells addresses, and with room for all that comes at once. */
const startBehindProxy = (users = [KAVYA, ARJUN] as readonly { username: string; password: string }[]) =>
  startLocal({ trustProxy: "127.0.0.1", users, passwordConcurrency: HASHES_AT_ONCE, passwordQueue: 2000 });

const guess = (server: LocalServer, address: string, username: string, password = "a guess") =>
  call(server, "POST", "/login", { ...from(address), body: { username, password } });

/** How many passwords were hashed meanwhile. */
async function hashesOf(work: () => Promise<unknown>): Promise<number> {
  const verify = vi.spyOn(Argon2.prototype, "verify");
  await work();
  const hashes = verify.mock.calls.length;
  verify.mockRestore();
  return hashes;
}

test("R114 after 1000 hostile failures from a thousand addresses the owner signs in from where he has before, with the right password", async () => {
  await using server = await startBehindProxy();
  await signIn(server, KAVYA, from(HOME));
  let statuses = {};
  const hashes = await hashesOf(async () => {
    statuses = await all(1000, (index) => guess(server, stranger(index), "kavya"));
  });
  expect([statuses, hashes]).toEqual([{ 401: 100, 429: 900 }, 100]);
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" }, from(HOME));
  const proof = { cookie, ...from(HOME), body: { password: KAVYA.password } };
  expect((await call(server, "POST", "/reauthenticate", proof)).status).toBe(200);
});

test("R113 R114 the strangers wait on, the owner among them where he is one, and so does whoever guesses from the owner's address", async () => {
  await using server = await startBehindProxy();
  await all(200, (index) => guess(server, stranger(index), "kavya"));
  const unknown = await guess(server, HOME, KAVYA.username, KAVYA.password);
  expect([unknown.status, unknown.headers["retry-after"]]).toEqual([429, "600"]);
  server.clock.advance(10 * MINUTE);
  await signIn(server, KAVYA, from(HOME));
  expect(await all(200, (index) => guess(server, stranger(index), "kavya"))).toEqual({ 401: 100, 429: 100 });
  expect(await all(50, () => guess(server, HOME, "kavya"))).toEqual({ 401: 20, 429: 30 });
  server.clock.advance(15 * SECOND);
  await signIn(server, KAVYA, from(HOME));
  server.clock.advance(90 * DAY);
  await all(200, (index) => guess(server, stranger(index), "kavya"));
  expect((await guess(server, HOME, KAVYA.username, KAVYA.password)).status).toBe(429);
});

test("R113 one who sprays 200 names from one address is stopped at a hundred, and an office of one IPv6 network is one address", async () => {
  await using server = await startBehindProxy();
  const sprayed = await all(200, (index) => guess(server, `2001:db8:7:7::${index.toString(16)}`, `name-${index}`));
  expect(sprayed).toEqual({ 401: 100, 429: 100 });
  const limited = await guess(server, "2001:db8:7:7:ffff::1", "another");
  expect([limited.status, limited.headers["retry-after"]]).toEqual([429, "5"]);
  expect((await guess(server, "2001:db8:7:8::1", "another")).status).toBe(401);
  server.clock.advance(5 * SECOND);
  expect((await guess(server, "2001:db8:7:7::1", "another")).status).toBe(401);
  expect((await guess(server, "2001:db8:7:7::1", "another")).status).toBe(429);
});

test("R113 a thousand addresses of one IPv6 network are one, and all spellings of a name one account", async () => {
  await using server = await startBehindProxy([{ username: "alice", password: "a long password" }]);
  const spellings = ["ALICE", "alice", "a\u006cice", "\uff41lice"];
  const hashes = await hashesOf(() =>
    all(1024, (index) => guess(server, `2001:db8:1:1::${index.toString(16)}`, spellings[index % 4]!)),
  );
  expect(hashes).toBe(20);
});

test("R005 a whole office that signs in at nine o'clock from one address is not limited", async () => {
  const users = Array.from({ length: 300 }, (_, index) => ({ username: `user-${index}`, password: "a long password" }));
  // The application's own check, since 300 hashes take long to make.
  await using server = await startLocal({
    trustProxy: "127.0.0.1",
    users: [],
    passwordQueue: 2000,
    authenticate: async ({ username, password }) => (password === "a long password" ? { subject: username } : null),
  });
  // Some of them mistype it first.
  expect(await all(60, (index) => guess(server, OFFICE, `user-${index}`))).toEqual({ 401: 60 });
  const morning = await all(300, (index) => guess(server, OFFICE, users[index]!.username, users[index]!.password));
  expect(morning).toEqual({ 200: 300 });
  // The right ones have not paid for wrong ones either: forty are left of the hundred.
  expect(await all(100, (index) => guess(server, OFFICE, `nobody-${index}`))).toEqual({ 401: 40, 429: 60 });
});

test("R113 the answer to one guess too many is the same for whoever exists and whoever does not, and costs no hash for either", async () => {
  await using server = await startBehindProxy();
  const outsides = new Set<string>();
  for (const username of ["kavya", "nobody"]) {
    await all(20, () => guess(server, HOME, username));
    const hashes = await hashesOf(async () => outsides.add(outsideOf(await guess(server, HOME, username))));
    expect(hashes).toBe(0);
  }
  await all(200, (index) => guess(server, OFFICE, `name-${index}`));
  for (const username of ["arjun", "nobody at all"]) {
    outsides.add(outsideOf(await guess(server, OFFICE, username)).replace('"retry-after","5"', '"retry-after","15"'));
  }
  expect([...outsides]).toHaveLength(1);
});

test("R144 R113 without a trusted proxy X-Forwarded-For is nobody's address: a new one is no new bucket", async () => {
  await using server = await startLocal({ passwordQueue: 2000 });
  expect(await all(100, (index) => guess(server, stranger(index), "kavya"))).toEqual({ 401: 20, 429: 80 });
  expect(await all(100, (index) => guess(server, stranger(index), `name-${index}`))).toEqual({ 401: 80, 429: 20 });
  expect(server.notices).toHaveLength(200);
  for (const notice of server.notices) expect(notice).toMatchObject({ context: { remoteAddress: "127.0.0.1" } });
});

test("R144 what a client writes in front of its proxy's word is no new bucket either", async () => {
  await using server = await startBehindProxy();
  const spoofed = (index: number) => guess(server, `${stranger(index)}, ${HOME}`, "kavya");
  expect(await all(100, spoofed)).toEqual({ 401: 20, 429: 80 });
});

test("R005 the log tells which limit it was", async () => {
  await using server = await startBehindProxy();
  const last = async (address: string, username: string) => {
    await guess(server, address, username);
    return server.notices.at(-1);
  };
  await all(20, () => guess(server, HOME, "kavya"));
  const limited = { reason: "too_many_attempts", code: "too_many_attempts" };
  const one = "passwords for this account from this address";
  expect(await last(HOME, "kavya")).toMatchObject({ ...limited, detail: one });
  await all(200, (index) => guess(server, stranger(index), "arjun"));
  expect(await last(OFFICE, "arjun")).toMatchObject({ ...limited, detail: expect.stringContaining("in a row") });
  await all(200, (index) => guess(server, HOME, `name-${index}`));
  expect(await last(HOME, "another")).toMatchObject({ ...limited, detail: "wrong passwords from this address" });
});

test("R113 R114 a real server keeps its counts, and whom it knows, over a restart", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  const flags = ["--trust-proxy", "127.0.0.1"];
  const wrong = { username: "kavya", password: "a guess" };
  {
    await using server = await startServer({ data: directory.path, flags });
    await signIn(server, KAVYA, from(HOME));
    for (let index = 0; index < 100; index += 20) {
      const login = (each: number) => call(server, "POST", "/login", { ...from(stranger(each)), body: wrong });
      expect(await all(20, (each) => login(index + each))).toEqual({ 401: 20 });
    }
  }
  await using server = await startServer({ data: directory.path, flags });
  const late = await call(server, "POST", "/login", { ...from(stranger(999)), body: wrong });
  expect([late.status, late.body["code"]]).toEqual([429, "too_many_attempts"]);
  expect(Number(late.headers["retry-after"])).toBeGreaterThan(540);
  await signIn(server, KAVYA, from(HOME));
});
