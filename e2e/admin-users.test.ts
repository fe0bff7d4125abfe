import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { call } from "./support/http.ts";
import type { LocalOptions, LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { NEW_PASSWORD } from "./support/password.ts";
import { signIn } from "./support/sign-in.ts";

const ONE = { username: "one", password: "first administrator" } as const;
const TWO = { username: "two", password: "second administrator" } as const;
const USER = { username: "user", password: "nobody in particular" } as const;
const users = [{ ...ONE, roles: ["admin"] }, { ...TWO, roles: ["admin"] }, USER];

const start = (options: LocalOptions = {}) => startLocal({ users, ...options });
const names = ({ body }: Answer) => (body["users"] as readonly { username: string }[]).map(({ username }) => username);
const userOf = ({ body }: Answer) => body["user"] as Readonly<Record<string, unknown>>;

/** Everything that one administrator can do to another's session. */
function as(server: LocalServer, token: string) {
  return {
    get: (path: string) => call(server, "GET", `/admin/users${path}`, { token }),
    post: (path: string, body: object = {}) => call(server, "POST", `/admin/users${path}`, { token, body }),
    remove: (path: string) => call(server, "DELETE", `/admin/users${path}`, { token }),
  };
}

test("an administrator lists users, page by page and by the beginning of a name, and reads one", async () => {
  await using server = await start();
  const { access, sub } = await signIn(server, ONE);
  const admin = as(server, access);
  const first = await admin.get("?limit=2");
  const rest = await admin.get(`?limit=2&cursor=${String(first.body["next_cursor"])}`);
  expect([...names(first), ...names(rest)].toSorted()).toEqual(["one", "two", "user"]);
  expect(rest.body["next_cursor"]).toBeNull();
  expect(names(await admin.get("?search=U"))).toEqual(["user"]);
  expect(userOf(await admin.get(`/${sub}`))).toEqual({
    sub,
    username: "one",
    roles: ["admin"],
    disabled: false,
    has_password: true,
    created_at: expect.any(Number),
  });
  for (const query of ["?cursor=x", "?search=", "?limit=-1", `?search=a&cursor=c1.${"A".repeat(8)}`, "?roles=admin"]) {
    expect((await admin.get(query)).body["code"]).toBe("invalid_request");
  }
  for (const path of ["/usr_nobody", "/%00", `/${"x".repeat(256)}`]) {
    const answer = await admin.get(path);
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  }
});

test("a user is added without a password, and chooses one by the code; the log has who added it, and not the code", async () => {
  await using server = await start();
  const { access, sub: admin } = await signIn(server, ONE);
  const added = await as(server, access).post("", { username: "New One", roles: ["b", "a"] });
  expect(added.status).toBe(201);
  expect(userOf(added)).toMatchObject({ username: "New One", roles: ["a", "b"], has_password: false });
  const code = String(added.body["code"]);
  const body = { code, new_password: NEW_PASSWORD };
  expect((await call(server, "POST", "/password", { body })).status).toBeLessThan(300);
  await signIn(server, { username: "new one", password: NEW_PASSWORD });
  const events = await server.eventsOf(added);
  expect(events.map((event) => [event.body.type, event.context?.actor])).toEqual([
    ["user_created", admin],
    ["password_code_issued", admin],
  ]);
  expect(JSON.stringify([await server.services.ledger.readEvents({ limit: 1000 }), server.notices])).not.toContain(
    code,
  );
});

test.each([
  [{ username: "USER" }, 409, "conflict"],
  [{ username: " x" }, 400, "invalid_request"],
  [{ username: "usr_x" }, 400, "invalid_request"],
  [{ username: "" }, 400, "invalid_request"],
  [{}, 400, "invalid_request"],
  [{ username: "x", roles: ["a b"] }, 400, "invalid_request"],
  [{ username: "x", roles: "admin" }, 400, "invalid_request"],
  [{ username: "x", password: "let me in, please" }, 400, "invalid_request"],
  [{ username: "x", disabled: true }, 400, "invalid_request"],
] as const)("adding %j is refused, and nobody is added", async (body, status, code) => {
  await using server = await start();
  const { access } = await signIn(server, ONE);
  const refused = await as(server, access).post("", body);
  expect([refused.status, refused.body["code"]]).toEqual([status, code]);
  expect(names(await as(server, access).get(""))).toHaveLength(3);
});

test("of two administrators who add one name at once one wins", async () => {
  await using server = await start();
  const one = as(server, (await signIn(server, ONE)).access);
  const two = as(server, (await signIn(server, TWO)).access);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? one : two).post("", { username: "wanted" })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ body }) => body["code"] === "conflict")).toHaveLength(9);
});

test("R025 roles, disable, enable, sign-out, reset and delete act at once, and each is told as the administrator's", async () => {
  await using server = await start();
  const { access, sub: admin } = await signIn(server, ONE);
  const at = as(server, access);
  const { sub, access: token, ...user } = await signIn(server, USER);
  const me = async () => (await call(server, "GET", "/me", { token })).body["code"];
  const actors = async (answer: Answer) =>
    new Set((await server.eventsOf(answer)).map(({ context }) => context?.actor));

  const roles = await at.post(`/${sub}/roles`, { roles: ["editor"] });
  expect([roles.status, userOf(roles)["roles"]]).toEqual([200, ["editor"]]);
  expect(await me()).toBe("claims_changed");
  expect(await actors(roles)).toEqual(new Set([admin]));

  const out = await at.post(`/${sub}/logout`);
  expect([out.status, out.body]).toEqual([200, { ended: 1 }]);
  expect((await call(server, "POST", "/refresh", { token: user.refresh })).body["code"]).toBe("invalid_grant");

  const disabled = await at.post(`/${sub}/disable`);
  expect([disabled.status, userOf(disabled)["disabled"]]).toEqual([200, true]);
  expect((await call(server, "POST", "/login", { body: USER })).body["code"]).toBe("invalid_credentials");
  // Again: nothing had to be changed, and nothing is told.
  const unchanged = await at.post(`/${sub}/disable`);
  expect([unchanged.status, await server.eventsOf(unchanged)]).toEqual([200, []]);
  expect(userOf(await at.post(`/${sub}/enable`))["disabled"]).toBe(false);

  const live = await signIn(server, USER);
  const reset = await at.post(`/${sub}/reset-password`);
  expect([reset.status, Object.keys(reset.body)]).toEqual([200, ["code", "code_expires_at"]]);
  expect((await call(server, "GET", "/me", { token: live.access })).status).toBe(200);
  const compromised = await at.post(`/${sub}/reset-password`, { compromised: true });
  expect(compromised.status).toBe(200);
  expect(await actors(compromised)).toEqual(new Set([admin]));
  expect((await call(server, "GET", "/me", { token: live.access })).status).toBe(401);
  expect((await call(server, "POST", "/login", { body: USER })).body["code"]).toBe("invalid_credentials");

  expect((await at.remove(`/${sub}`)).status).toBe(204);
  expect((await at.remove(`/${sub}`)).status).toBe(404);
  for (const path of ["roles", "disable", "enable", "logout", "reset-password"]) {
    const gone = await at.post(`/${sub}/${path}`, path === "roles" ? { roles: [] } : {});
    expect([gone.status, gone.body["code"]]).toEqual([404, "not_found"]);
  }
});

test("an administrator cannot demote, disable or delete himself; another can, and he is refused at once", async () => {
  await using server = await start();
  const { access, sub } = await signIn(server, ONE);
  const one = as(server, access);
  for (const answer of [
    await one.post(`/${sub}/roles`, { roles: ["user"] }),
    await one.post(`/${sub}/disable`),
    await one.remove(`/${sub}`),
  ]) {
    expect([answer.status, answer.body["code"]]).toEqual([409, "conflict"]);
    expect(answer.body["error"]).toContain("counterfoil users");
    expect((await server.eventsOf(answer))[0]).toMatchObject({ body: { reason: "conflict" }, context: { actor: sub } });
  }
  // What takes nothing from him is his own to change.
  expect((await one.post(`/${sub}/roles`, { roles: ["admin", "user"] })).status).toBe(200);
  const again = await signIn(server, ONE);
  const two = as(server, (await signIn(server, TWO)).access);
  expect((await two.post(`/${sub}/roles`, { roles: [] })).status).toBe(200);
  expect((await as(server, again.access).get("")).body["code"]).toBe("claims_changed");
  const fresh = String((await call(server, "POST", "/refresh", { token: again.refresh })).body["access_token"]);
  expect((await as(server, fresh).get("")).body["code"]).toBe("insufficient_role");
});

test("where users are the application's own, none are added here, and the rest is as ever", async () => {
  await using server = await startLocal({
    authenticate: async ({ username }) => ({ subject: `app-${username}`, roles: username === "boss" ? ["admin"] : [] }),
  });
  const admin = as(server, (await signIn(server, { username: "boss", password: "x" })).access);
  await signIn(server, { username: "a/b", password: "x" });
  expect((await admin.post("", { username: "new" })).status).toBe(404);
  expect((await admin.post("/app-boss/reset-password")).status).toBe(404);
  // A subject of the application's own may have anything in it.
  expect(userOf(await admin.get(`/${encodeURIComponent("app-a/b")}`))).toMatchObject({ sub: "app-a/b" });
  expect((await admin.post(`/${encodeURIComponent("app-a/b")}/disable`)).status).toBe(200);
});
