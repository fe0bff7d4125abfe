import type { Sid } from "@counterfoil/core";
import { expect, test } from "vitest";
import { SECOND } from "./support/clock.ts";
import type { Answer } from "./support/answer.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import { NO_SID } from "./support/routes.ts";
import { ARJUN, claimsOf, KAVYA, signIn } from "./support/sign-in.ts";

const LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const EVERYBODY = { confirm: "everybody" };

type Listed = Readonly<Record<string, unknown>>;
const listed = ({ body }: Answer) => body["sessions"] as readonly Listed[];
const list = async (server: LocalServer, token: string, query = "") =>
  listed(await call(server, "GET", `/admin/sessions${query}`, { token }));

test("an administrator sees everybody's sessions page by page, by user and by transport, and no secret", async () => {
  await using server = await startLocal();
  const { access, sid } = await signIn(server, KAVYA);
  const arjun = [];
  for (let session = 0; session < 5; session++) {
    server.clock.advance(SECOND);
    const transport = session % 2 === 0 ? "cookie" : "bearer";
    arjun.unshift(await signIn(server, { ...ARJUN, transport }, { headers: { "User-Agent": LINUX } }));
  }
  const sids: unknown[] = [];
  let query = "?limit=2";
  for (let page = 0; page < 3; page++) {
    const answer = await call(server, "GET", `/admin/sessions${query}`, { token: access });
    sids.push(...listed(answer).map((session) => session["sid"]));
    query = `?limit=2&cursor=${encodeURIComponent(String(answer.body["next_cursor"]))}`;
    for (const secret of server.journal.tokens) expect(answer.text).not.toContain(secret);
  }
  expect(sids).toEqual([...arjun.map((session) => session.sid), sid]);
  expect((await call(server, "GET", `/admin/sessions${query}`, { token: access })).body).toEqual({
    sessions: [],
    next_cursor: null,
  });
  const [, second, ...others] = await list(server, access, `?subject=${arjun[0]!.sub}`);
  expect(others).toHaveLength(3);
  expect(second).toEqual({
    sid: arjun[1]!.sid,
    sub: arjun[0]!.sub,
    username: "arjun",
    current: false,
    transport: "bearer",
    remember: false,
    device: "Firefox on Linux",
    user_agent: LINUX,
    created_at: expect.any(Number),
    last_active_at: expect.any(Number),
    auth_time: expect.any(Number),
    expires_at: expect.any(Number),
    amr: ["pwd"],
  });
  expect(second!["last_active_at"]).toBe(second!["created_at"]);
  expect(Number(second!["created_at"]) % 1).toBe(0);
  expect(await list(server, access, `?subject=${arjun[0]!.sub}&transport=cookie`)).toHaveLength(3);
  expect(await list(server, access, "?subject=somebody%20else")).toEqual([]);
  expect((await list(server, access)).find((session) => session["current"])?.["sid"]).toBe(sid);
});

test("R025 an administrator ends anybody's session: it is refused at once, and the log has who did it", async () => {
  await using server = await startLocal();
  const { access, sub: admin } = await signIn(server, KAVYA);
  const arjun = await signIn(server, { ...ARJUN, transport: "cookie" });
  expect((await call(server, "GET", "/me", { cookie: arjun.cookie })).status).toBe(200);
  const ended = await call(server, "DELETE", `/admin/sessions/${arjun.sid}`, { token: access });
  expect(ended.status).toBe(204);
  expect((await call(server, "GET", "/me", { cookie: arjun.cookie })).body["code"]).toBe("invalid_session");
  expect((await call(server, "GET", "/me", { token: arjun.access })).body["code"]).toBe("invalid_token");
  expect(await server.eventsOf(ended)).toMatchObject([
    { body: { type: "session_ended", reason: "ended_by_operator" }, sid: arjun.sid, context: { actor: admin } },
  ]);
  // Ended is ended; what there never was is not found.
  expect((await call(server, "DELETE", `/admin/sessions/${arjun.sid}`, { token: access })).status).toBe(204);
  for (const sid of [NO_SID, "1", "ses_", "%00", "end-al"]) {
    const answer = await call(server, "DELETE", `/admin/sessions/${sid}`, { token: access });
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  }
});

test("R025 of two administrators who end one session at once both succeed, and it ends once", async () => {
  await using server = await startLocal({
    users: [
      { username: "one", password: "first administrator", roles: ["admin"] },
      { username: "two", password: "second administrator", roles: ["admin"] },
      { username: "user", password: "nobody in particular" },
    ],
  });
  const one = await signIn(server, { username: "one", password: "first administrator" });
  const two = await signIn(server, { username: "two", password: "second administrator" });
  const user = await signIn(server, { username: "user", password: "nobody in particular" });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const token = index % 2 === 0 ? one.access : two.access;
      return call(server, "DELETE", `/admin/sessions/${user.sid}`, { token });
    }),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
  const events = await server.services.ledger.readEvents({ sid: user.sid as Sid, limit: 100 });
  expect(events.filter(({ body }) => body.type === "session_ended")).toHaveLength(1);
  // One of them ends the other's session too; who was ended first is refused, and nothing of it is half done.
  const [first, second] = await Promise.all([
    call(server, "DELETE", `/admin/sessions/${two.sid}`, { token: one.access }),
    call(server, "DELETE", `/admin/sessions/${one.sid}`, { token: two.access }),
  ]);
  expect([204, 401]).toContain(first.status);
  expect([204, 401]).toContain(second.status);
  expect([first.status, second.status]).toContain(204);
});

test.each(["ES256", "HS256"] as const)(
  "R025 everybody is signed out under %s: by cookie, access token and refresh token, and can sign in again",
  async (algorithm) => {
    const secret = algorithm === "HS256" ? { hs256Secret: newSecret() } : {};
    await using server = await startLocal({ algorithm, ...secret });
    const admin = await signIn(server, KAVYA);
    const cookie = await signIn(server, { ...ARJUN, transport: "cookie" });
    const bearer = await signIn(server, ARJUN);
    // In memory, as a busy server has them.
    expect((await call(server, "GET", "/me", { cookie: cookie.cookie })).status).toBe(200);
    expect((await call(server, "GET", "/me", { token: bearer.access })).status).toBe(200);
    const wrong = await call(server, "POST", "/admin/sessions/end-all", {
      token: admin.access,
      body: { confirm: "yes" },
    });
    expect([wrong.status, wrong.body["code"]]).toEqual([400, "invalid_request"]);

    const answer = await call(server, "POST", "/admin/sessions/end-all", { token: admin.access, body: EVERYBODY });
    expect([answer.status, answer.body]).toEqual([200, { ended: 3, keys_revoked: algorithm === "ES256" ? 1 : 0 }]);
    expect((await call(server, "GET", "/me", { cookie: cookie.cookie })).body["code"]).toBe("invalid_session");
    for (const { access } of [bearer, cookie, admin]) {
      expect((await call(server, "GET", "/me", { token: access })).body["code"]).toBe("invalid_token");
    }
    expect((await call(server, "POST", "/refresh", { token: bearer.refresh })).body["code"]).toBe("invalid_grant");
    expect((await call(server, "POST", "/refresh", { cookie: cookie.cookie })).body["code"]).toBe("invalid_grant");
    const [event, ...others] = (await server.eventsOf(answer)).filter(
      ({ body }) => body.type === "every_session_ended",
    );
    expect(others).toEqual([]);
    expect(event).toMatchObject({ body: { ended: 3 }, context: { actor: claimsOf(admin.access).sub } });

    const again = await signIn(server, KAVYA);
    expect(await list(server, again.access)).toHaveLength(1);
    const { body } = await call(server, "GET", `/admin/events/explain/${bearer.sid}`, { token: again.access });
    expect(body["session"]).toMatchObject({ end_reason: "an operator signed everybody out" });
  },
);

test("R027 a device has the name that its client gave it, in one's own list, in /me and for administrators", async () => {
  await using server = await startLocal();
  const device_name = "Küche – Tablet 🍳";
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie", device_name });
  const { body } = await call(server, "GET", "/me", { cookie });
  expect(body["session"]).toMatchObject({ device: device_name });
  expect((await call(server, "GET", "/sessions", { cookie })).body["sessions"]).toMatchObject([
    { device: device_name },
  ]);
  server.clock.advance(SECOND);
  const { access } = await signIn(server, KAVYA, { headers: { "User-Agent": "curl/8.5.0" } });
  expect(await list(server, access)).toMatchObject([{ device: "curl" }, { device: device_name, sid }]);
  for (const name of ["", "x".repeat(65), "a\nb", "a\u0000", "\u202egnirts", "\u009b31m", 5, null]) {
    const refused = await call(server, "POST", "/login", { body: { ...KAVYA, device_name: name } });
    expect([refused.status, refused.body["code"]]).toEqual([400, "invalid_request"]);
    expect(refused.body["error"]).toMatch(/"device_name" is not as it should be/);
  }
  const request = new Request(server.issuer, { method: "POST" });
  const user = { subject: "app-1", roles: [] };
  server.clock.advance(SECOND);
  expect((await server.cf.signIn(request, user, { deviceName: "a\nb" })).status).toBe(400);
  expect((await server.cf.signIn(request, user, { deviceName: "Laptop" })).status).toBe(200);
  expect((await list(server, access))[0]).toMatchObject({ device: "Laptop" });
});

test("R027 a hostile User-Agent neither delays the list nor breaks it", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA, { headers: { "User-Agent": `Mozilla/5.0 (${"a;".repeat(4000)}` } });
  const startedAt = performance.now();
  expect(await list(server, access)).toHaveLength(1);
  expect(performance.now() - startedAt).toBeLessThan(200);
});
