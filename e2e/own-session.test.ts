import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR, MINUTE } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { NO_SID } from "./support/routes.ts";
import { ARJUN, cookieOf, KAVYA, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});

afterAll(() => server[Symbol.asyncDispose]());

interface ListedSession {
  readonly sid: string;
  readonly current: boolean;
  readonly last_active_at: number;
}

async function sessionsOf(token: string): Promise<readonly ListedSession[]> {
  const listed = await call(server, "GET", "/sessions", { token });
  expect(listed.status).toBe(200);
  return listed.body["sessions"] as readonly ListedSession[];
}

test("GET /me tells the user and the session, by cookie and by access token", async () => {
  const byCookie = await signIn(server, { ...KAVYA, transport: "cookie" }, { headers: { "User-Agent": "Firefox" } });
  const mine = await call(server, "GET", "/me", { cookie: byCookie.cookie });
  expect(mine.body).toMatchObject({
    user: { sub: byCookie.sub, username: "kavya", roles: ["admin"] },
    session: { sid: byCookie.sid, current: true, transport: "cookie", user_agent: "Firefox", amr: ["pwd"] },
  });
  expect((await call(server, "GET", "/me", { token: byCookie.access })).body).toEqual(mine.body);
  expect((await call(server, "GET", "/me")).body["code"]).toBe("not_authenticated");
});

test("R027 the list of sessions has all of the user's, marks the current one, and holds no token and no exact time", async () => {
  const { access, refresh, sid } = await signIn(server, ARJUN);
  const other = await signIn(server, { ...ARJUN, transport: "cookie" });
  const listed = await call(server, "GET", "/sessions", { token: access });
  const sessions = listed.body["sessions"] as readonly ListedSession[];
  expect(sessions.filter(({ current }) => current).map((session) => session.sid)).toEqual([sid]);
  expect(sessions.map((session) => session.sid)).toContain(other.sid);
  for (const secret of [access, refresh, other.cookie, "cfs_", "cfr_"]) expect(listed.text).not.toContain(secret);
  for (const { last_active_at } of sessions) expect((last_active_at * 1000) % HOUR).toBe(0);
  const kavya = await signIn(server, KAVYA);
  expect((await sessionsOf(kavya.access)).map((session) => session.sid)).not.toContain(sid);
});

test("a user ends the current session, and it is over at once", async () => {
  const { cookie, sid, access } = await signIn(server, { ...ARJUN, transport: "cookie" });
  expect((await call(server, "DELETE", `/sessions/${sid}`, { cookie })).status).toBe(204);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(401);
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(401);
});

test("R078 a user who signed in recently ends another session, and its refresh token with it", async () => {
  const { access } = await signIn(server, ARJUN);
  const other = await signIn(server, ARJUN);
  expect((await call(server, "DELETE", `/sessions/${other.sid}`, { token: access })).status).toBe(204);
  expect((await call(server, "POST", "/refresh", { token: other.refresh })).body["code"]).toBe("invalid_grant");
  expect((await sessionsOf(access)).map(({ sid }) => sid)).not.toContain(other.sid);
  // Ended is ended: asking for it again changes nothing, and is no error.
  expect((await call(server, "DELETE", `/sessions/${other.sid}`, { token: access })).status).toBe(204);
});

test("R027 another user's session, an unknown one and no id at all are the same 404, and that session lives on", async () => {
  const kavya = await signIn(server, KAVYA);
  const { access } = await signIn(server, ARJUN);
  const answers = [];
  for (const sid of [kavya.sid, NO_SID, "1", "ses_", "%00", "..%2fme"]) {
    answers.push(await call(server, "DELETE", `/sessions/${sid}`, { token: access }));
  }
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]!.status).toBe(404);
  expect((await call(server, "GET", "/me", { token: kavya.access })).status).toBe(200);
});

test("R026 R027 later than fifteen minutes after the sign-in, ending another session takes the password again; ending the own does not", async () => {
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const other = await signIn(server, KAVYA);
  server.clock.advance(16 * MINUTE);
  const refused = await call(server, "DELETE", `/sessions/${other.sid}`, { cookie });
  expect([refused.status, refused.body["code"]]).toEqual([401, "reauthentication_required"]);
  expect(refused.headers["www-authenticate"]).toMatch(/insufficient_user_authentication.*max_age="900"/);
  // A fresh access token proves no presence: it is the session that was proved (RFC 9068 §2.2.1).
  const { body } = await call(server, "POST", "/refresh", { cookie });
  const fresh = String(body["access_token"]);
  const byToken = await call(server, "DELETE", `/sessions/${other.sid}`, { token: fresh });
  expect(byToken.body["code"]).toBe("reauthentication_required");
  expect((await call(server, "POST", "/refresh", { token: other.refresh })).status).toBe(200);

  const proved = await call(server, "POST", "/reauthenticate", { cookie, body: { password: KAVYA.password } });
  expect(proved.status).toBe(200);
  const next = cookieOf(proved);
  expect((await call(server, "DELETE", `/sessions/${other.sid}`, { cookie: next })).status).toBe(204);
  server.clock.advance(16 * MINUTE);
  expect((await call(server, "DELETE", `/sessions/${sid}`, { cookie: next })).status).toBe(204);
});

test("an access token whose session the ledger says is over cannot end the others: it is challenged as a bearer's is", async () => {
  const { access, sid } = await signIn(server, KAVYA);
  const { ledger } = server.services;
  const readSession = ledger.readSession.bind(ledger);
  // As if another process had ended it, and the log had not told yet.
  ledger.readSession = async (asked) => {
    const record = await readSession(asked);
    return record?.session.sid === sid ? { ...record, endedAt: 1, endReason: "logout" } : record;
  };
  try {
    for (const path of ["/logout/all", "/reauthenticate"]) {
      const body = path === "/reauthenticate" ? { password: KAVYA.password } : {};
      const refused = await call(server, "POST", path, { token: access, body });
      expect([refused.status, refused.body["code"]]).toEqual([401, "invalid_token"]);
      expect(refused.headers["www-authenticate"]).toBe('Bearer error="invalid_token"');
      expect((await server.eventsOf(refused))[0]).toMatchObject({ sid, body: { reason: "session_over" } });
    }
  } finally {
    ledger.readSession = readSession;
  }
  expect((await call(server, "POST", "/logout/all", { token: access })).status).toBe(204);
});
