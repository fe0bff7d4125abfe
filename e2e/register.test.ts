import type { Subject } from "@counterfoil/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outsideOf } from "./support/answer.ts";
import { MINUTE } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { NEW_PASSWORD, NEXT_PASSWORD } from "./support/password.ts";
import { claimsOf, KAVYA, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal({ registration: "open" });
});

afterAll(() => server[Symbol.asyncDispose]());

/** Each from an address of its own: the limit has a test of its own. */
const register = (body: object) => {
  server.clock.advance(10 * MINUTE);
  return call(server, "POST", "/register", { body });
};

test("R004 whoever registers is a user without roles, signed in by nothing but a sign-in", async () => {
  const answer = await register({ username: "Grace", password: NEW_PASSWORD });
  expect([answer.status, answer.body, answer.setCookies]).toEqual([201, { user: { username: "Grace" } }, []]);
  const user = (await server.cf.users.find("grace"))!;
  expect(await server.cf.sessions.list(user.subject)).toEqual([]);
  const { access } = await signIn(server, { username: "GRACE", password: NEW_PASSWORD });
  expect(claimsOf(access)).toMatchObject({ sub: user.subject, roles: [] });
});

test("R117 a taken name gets the answer of a free one, in all that it says, and changes nothing", async () => {
  const before = await server.services.ledger.findUser("kavya" as never);
  const free = await register({ username: "ivana", password: NEW_PASSWORD });
  const taken = await register({ username: "KAVYA", password: NEW_PASSWORD });
  expect(outsideOf(taken).replace("KAVYA", "ivana")).toBe(outsideOf(free));
  expect(await server.services.ledger.findUser("kavya" as never)).toEqual(before);
  const refused = await call(server, "POST", "/login", { body: { username: "kavya", password: NEW_PASSWORD } });
  expect(refused.body["code"]).toBe("invalid_credentials");
  expect((await call(server, "POST", "/login", { body: KAVYA })).status).toBe(200);
  // An operator can tell, by the request's id.
  const events = [(await server.eventsOf(free))[0], (await server.eventsOf(taken))[0]];
  expect(events.map((event) => event?.body.type)).toEqual(["user_created", "username_taken"]);
  expect(events[1]?.subject).toBe(before?.user.subject as Subject);
});

test("R117 a taken name costs the hash that a free one costs", async () => {
  const { passwords } = server.services.signIn;
  const hash = passwords.hash.bind(passwords);
  let hashes = 0;
  passwords.hash = (password) => {
    hashes++;
    return hash(password);
  };
  await register({ username: "lise", password: NEW_PASSWORD });
  await register({ username: "lise", password: NEW_PASSWORD });
  passwords.hash = hash;
  expect(hashes).toBe(2);
});

test("of many registrations of one name at once one is the user's, and all are answered alike", async () => {
  server.clock.advance(10 * MINUTE);
  const passwords = Array.from({ length: 8 }, (_, index) => `${NEW_PASSWORD} ${index}`);
  const answers = await Promise.all(
    passwords.map((password) => call(server, "POST", "/register", { body: { username: "ada", password } })),
  );
  expect(new Set(answers.map(outsideOf)).size).toBe(1);
  const statuses = [];
  for (const password of passwords) {
    statuses.push((await call(server, "POST", "/login", { body: { username: "ada", password } })).status);
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
});

test("a name or a password against the rules is refused with a sentence before anything is hashed", async () => {
  const { passwords } = server.services.signIn;
  const hash = passwords.hash.bind(passwords);
  passwords.hash = () => Promise.reject(new Error("hashed"));
  const names = ["", " grace", "gr\u0000ace", "gr\u200bace", "x".repeat(257), "\ufdfa".repeat(16), "usr_grace"];
  for (const username of names) {
    const refused = await register({ username, password: NEW_PASSWORD });
    expect([username, refused.status, refused.body["code"]]).toEqual([username, 400, "invalid_request"]);
  }
  const refused = await register({ username: "grace2", password: "short" });
  expect([refused.status, refused.body["code"]]).toEqual([400, "password_refused"]);
  passwords.hash = hash;
  expect(await server.cf.users.find("grace2")).toBeNull();
});

test("registrations of one address are limited", async () => {
  await using limited = await startLocal({ registration: "open" });
  const statuses = [];
  for (let index = 0; index < 21; index++) {
    const body = { username: `robot${index}`, password: NEXT_PASSWORD };
    statuses.push((await call(limited, "POST", "/register", { body })).status);
  }
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 201), 429]);
});

test("closed, which it is where nothing is said, the route is as if it were not there", async () => {
  await using closed = await startLocal();
  const body = { username: "grace", password: NEW_PASSWORD };
  const [register_, nothing] = [
    await call(closed, "POST", "/register", { body }),
    await call(closed, "POST", "/nothing", { body }),
  ];
  expect(outsideOf(register_)).toBe(outsideOf(nothing));
  expect(register_.status).toBe(404);
});

test("where users are the application's own, there is nothing to register, and the sentence says why", async () => {
  await using own = await startLocal({
    registration: "open",
    onPasswordReset: () => undefined,
    authenticate: async () => null,
    users: [],
  });
  for (const path of ["/register", "/password", "/password/reset"]) {
    const refused = await call(own, "POST", path, { body: { username: "grace", password: NEW_PASSWORD } });
    expect([refused.status, refused.body["code"]]).toEqual([404, "not_found"]);
    expect(refused.body["error"]).toMatch(/application's own/);
  }
});
