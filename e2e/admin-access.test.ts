import { expect, test } from "vitest";
import { MINUTE } from "./support/clock.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { ALL_ROUTES } from "./support/routes.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

const ADMIN_ROUTES = ALL_ROUTES.filter(({ path }) => path.startsWith("/admin/"));
const READ = "/admin/sessions";

test("R155 R156 every route of administrators refuses a user, by token and by cookie, and tells the log", async () => {
  await using server = await startLocal();
  const byToken = { token: (await signIn(server, ARJUN)).access };
  const byCookie = { cookie: (await signIn(server, { ...ARJUN, transport: "cookie" })).cookie };
  expect(ADMIN_ROUTES.length).toBeGreaterThanOrEqual(5);
  for (const { method, path } of ADMIN_ROUTES) {
    const token = await call(server, method, path, byToken);
    expect([token.status, token.body["code"]], `${method} ${path}`).toEqual([403, "insufficient_role"]);
    expect(token.headers["www-authenticate"]).toBe('Bearer error="insufficient_scope"');
    const cookie = await call(server, method, path, byCookie);
    expect([cookie.status, cookie.body["code"]], `${method} ${path}`).toEqual([403, "insufficient_role"]);
    expect(cookie.headers["www-authenticate"]).toBeUndefined();
    expect((await server.eventsOf(cookie))[0]).toMatchObject({
      body: { type: "refused", reason: "insufficient_role" },
    });
    const nobody = await call(server, method, path);
    expect([nobody.status, nobody.body["code"]]).toEqual([401, "not_authenticated"]);
  }
});

test("an administrator whose proof of presence is older than fifteen minutes is asked for it, on every route", async () => {
  await using server = await startLocal();
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  server.clock.advance(15 * MINUTE);
  expect((await call(server, "GET", READ, { cookie })).status).toBe(200);
  server.clock.advance(1);
  for (const { method, path } of ADMIN_ROUTES) {
    const stale = await call(server, method, path, { cookie });
    expect([stale.status, stale.body["code"]], `${method} ${path}`).toEqual([401, "reauthentication_required"]);
    expect(stale.headers["www-authenticate"]).toMatch(/insufficient_user_authentication.*max_age="900"/);
  }
  // A user is told what he lacks, and not to give his password for nothing.
  const arjun = await signIn(server, ARJUN);
  server.clock.advance(9 * MINUTE);
  const proved = await call(server, "POST", "/reauthenticate", { cookie, body: { password: KAVYA.password } });
  const next = /=([^;]+)/.exec(proved.setCookies[0]!)![1]!;
  expect((await call(server, "GET", READ, { cookie: next })).status).toBe(200);
  expect((await call(server, "GET", READ, { token: arjun.access })).body["code"]).toBe("insufficient_role");
});

test("an administrator who is demoted, disabled or signed out is refused by the next request, whoever decided it", async () => {
  await using server = await startLocal();
  const { ledger } = server.services;
  const kavya = await signIn(server, { ...KAVYA, transport: "cookie" });
  const byCookie = { cookie: kavya.cookie };
  const context = null;
  const subject = (await ledger.listAllSessions({ cursor: null, limit: 1 })).sessions[0]!.subject;
  expect((await call(server, "GET", READ, byCookie)).status).toBe(200);
  // As another process decides it: straight in the ledger, and this one's memory has not heard of it yet.
  await ledger.setRoles({ subject, roles: ["user"], context });
  expect((await call(server, "GET", READ, byCookie)).body["code"]).toBe("insufficient_role");
  await ledger.setRoles({ subject, roles: ["admin"], context });
  expect((await call(server, "GET", READ, byCookie)).status).toBe(200);
  await ledger.setDisabled({ subject, disabled: true, context });
  expect((await call(server, "GET", READ, byCookie)).body["code"]).toBe("invalid_session");
  await ledger.setDisabled({ subject, disabled: false, context });
  expect((await call(server, "GET", READ, byCookie)).body["code"]).toBe("invalid_session");
});

test("a demoted administrator's access token is refused at once, and a fresh one is no administrator's", async () => {
  await using server = await startLocal();
  const { access, refresh, sub } = await signIn(server, KAVYA);
  await server.cf.users.setRoles(sub, ["user"]);
  expect((await call(server, "GET", READ, { token: access })).body["code"]).toBe("claims_changed");
  const fresh = String((await call(server, "POST", "/refresh", { token: refresh })).body["access_token"]);
  expect((await call(server, "GET", READ, { token: fresh })).body["code"]).toBe("insufficient_role");
});

test.each([
  ["GET", "/admin/sessions?x=1"],
  ["GET", "/admin/sessions?limit=0"],
  ["GET", "/admin/sessions?limit=201"],
  ["GET", "/admin/sessions?limit=1e2"],
  ["GET", "/admin/sessions?limit=%201"],
  ["GET", "/admin/sessions?limit="],
  ["GET", "/admin/sessions?limit=5&limit=6"],
  ["GET", "/admin/sessions?cursor=1"],
  ["GET", "/admin/sessions?cursor=1.ses_x"],
  ["GET", "/admin/sessions?cursor=9999999999999999.ses_AAAAAAAAAAAAAAAAAAAAAA"],
  ["GET", "/admin/sessions?subject="],
  ["GET", "/admin/sessions?subject=a%00b"],
  ["GET", "/admin/sessions?transport=pigeon"],
  ["GET", "/admin/sessions?__proto__=1"],
  ["GET", "/admin/sessions?constructor=1"],
  ["GET", "/admin/events?type=nothing"],
  ["GET", "/admin/events?type=refused,"],
  ["GET", "/admin/events?before=-1"],
  ["GET", "/admin/events?after=0x10"],
  ["GET", "/admin/events?after=99999999999999999999"],
  ["GET", `/admin/events?actor=${"a".repeat(256)}`],
  ["GET", "/admin/events/explain/ses_AAAAAAAAAAAAAAAAAAAAAA?x=1"],
  ["DELETE", "/admin/sessions/ses_AAAAAAAAAAAAAAAAAAAAAA?force=1"],
  ["POST", "/admin/sessions/end-all"],
  ["POST", "/admin/sessions/end-all?confirm=everybody"],
] as const)("%s %s is malformed, and nothing happens", async (method, path) => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  const answer = await call(server, method, path, { token: access });
  expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_request"]);
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(200);
});
