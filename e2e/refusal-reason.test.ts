import { randomBytes } from "node:crypto";
import { HANDLE_PREFIX, newVerifierCredential, REFUSAL_REASONS, sealHandle, systemRandom } from "@counterfoil/core";
import type { RefusalReason } from "@counterfoil/core";
import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { DAY, MINUTE, SECOND } from "./support/clock.ts";
import { openStream } from "./support/event-stream.ts";
import { call } from "./support/http.ts";
import type { Carried } from "./support/http.ts";
import type { LocalOptions, LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { NEW_PASSWORD, NO_CODE } from "./support/password.ts";
import { ARJUN, cookieOf, KAVYA, signIn } from "./support/sign-in.ts";

type Reach = (server: LocalServer) => Promise<Answer>;
type Case = Reach | { readonly options: LocalOptions; readonly reach: Reach };

const login =
  (body: object, headers: Carried["headers"] = {}): Reach =>
  (server) =>
    call(server, "POST", "/login", { body, headers });

const me =
  (carried: Carried): Reach =>
  (server) =>
    call(server, "GET", "/me", carried);

const CASES: Readonly<Record<RefusalReason, Case>> = {
  wrong_password: login({ ...KAVYA, password: "not the password" }),
  unknown_user: login({ username: "nobody", password: "whatever it is" }),
  user_disabled: async (server) => {
    const { sub } = await signIn(server, ARJUN);
    await server.cf.users.disable(sub);
    return login(ARJUN)(server);
  },
  no_password: {
    options: { users: [{ username: "invited", password: null }] },
    reach: login({ username: "invited", password: "whatever it is" }),
  },
  refused_by_application: { options: { authenticate: async () => null }, reach: login(KAVYA) },
  password_refused: async (server) => {
    const { access } = await signIn(server, KAVYA);
    const body = { current_password: KAVYA.password, new_password: "short" };
    return call(server, "POST", "/password", { token: access, body });
  },
  unknown_code: (server) => call(server, "POST", "/password", { body: { code: NO_CODE, new_password: NEW_PASSWORD } }),
  too_many_attempts: async (server) => {
    const guess = login({ username: "arjun", password: "not the password" });
    await Promise.all(Array.from({ length: 20 }, () => guess(server)));
    return guess(server);
  },
  overloaded: {
    options: { passwordConcurrency: 1, passwordQueue: 0 },
    reach: async (server) => {
      const answers = await Promise.all(Array.from({ length: 16 }, () => login(KAVYA)(server)));
      return answers.find(({ status }) => status === 503)!;
    },
  },
  reset_queue_full: {
    options: { onPasswordReset: () => undefined },
    reach: (server) => {
      Object.defineProperty(server.services.passwordResets, "full", { value: true });
      return call(server, "POST", "/password/reset", { body: { username: "kavya" } });
    },
  },
  event_streams_full: async (server) => {
    const { access } = await signIn(server, KAVYA);
    await using streams = new AsyncDisposableStack();
    for (let open = 0; open < 32; open++) streams.use(await openStream(server, "/admin/events", access));
    return call(server, "GET", "/admin/events", { token: access, headers: { Accept: "text/event-stream" } });
  },
  no_credential: me({}),
  ambiguous_credentials: me({ headers: { Authorization: ["Bearer one", "Bearer two"] } }),
  forged_or_mistyped: me({ cookie: `cfs_${randomBytes(37).toString("base64url")}` }),
  // Sealed by this very server's secret, for a session that its ledger never had: a restored backup, say.
  unknown_session: (server) => {
    const { crypto, keyring } = server.services;
    return me({ cookie: sealHandle(crypto, keyring, "session", randomBytes(16), 0) })(server);
  },
  session_over: async (server) => {
    const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
    await call(server, "POST", "/logout", { cookie });
    return me({ cookie })(server);
  },
  session_expired: async (server) => {
    const { refresh } = await signIn(server, KAVYA);
    server.clock.advance(14 * DAY + SECOND);
    return call(server, "POST", "/refresh", { token: refresh });
  },
  superseded: async (server) => {
    const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
    const body = { password: KAVYA.password };
    expect(cookieOf(await call(server, "POST", "/reauthenticate", { cookie, body }))).not.toBe("");
    return me({ cookie })(server);
  },
  refresh_token_reused: async (server) => {
    const { refresh } = await signIn(server, KAVYA);
    await call(server, "POST", "/refresh", { token: refresh });
    server.clock.advance(31 * SECOND);
    return call(server, "POST", "/refresh", { token: refresh });
  },
  access_token_refused: async (server) => {
    const { access } = await signIn(server, KAVYA);
    server.clock.advance(11 * MINUTE);
    return me({ token: access })(server);
  },
  unknown_client: (server) =>
    call(server, "POST", "/oauth/token", { form: { grant_type: "refresh_token", client_id: "another" } }),
  unknown_verifier: (server) => {
    const token = newVerifierCredential(server.services.crypto, systemRandom);
    return call(server, "POST", "/oauth/introspect", { token, form: { token: "any" } });
  },
  unknown_key: async (server) => {
    const { access } = await signIn(server, KAVYA);
    return call(server, "POST", "/admin/keys/none/revoke", { token: access });
  },
  second_factor_required: { options: { secondFactor: async () => "needed" }, reach: login(KAVYA) },
  second_factor_refused: { options: { secondFactor: async () => "refused" }, reach: login(KAVYA) },
  not_recently_authenticated: async (server) => {
    const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
    const { sid } = await signIn(server, KAVYA);
    server.clock.advance(16 * MINUTE);
    return call(server, "DELETE", `/sessions/${sid}`, { cookie });
  },
  cross_site: login(KAVYA, { "Sec-Fetch-Site": "cross-site" }),
  no_origin: async (server) => {
    const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
    return call(server, "POST", "/logout", { cookie, headers: { Origin: undefined } });
  },
  browser_asked_for_bearer: login({ ...KAVYA, transport: "bearer" }, { "Sec-Fetch-Site": "same-origin" }),
  insufficient_role: async (server) => {
    const { cookie } = await signIn(server, { ...ARJUN, transport: "cookie" });
    return call(server, "GET", "/admin/events", { cookie });
  },
  conflict: async (server) => {
    const { access, sub } = await signIn(server, KAVYA);
    return call(server, "DELETE", `/admin/users/${sub}`, { token: access });
  },
  malformed: login({ ...KAVYA, remember: "yes" }),
};

test("R160 a page that asks whether anybody is signed in is a line of the log and no event; a credential that is refused is one", async () => {
  await using server = await startLocal();
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const refused = async (carried: Carried) => {
    const answer = await call(server, "POST", "/refresh", carried);
    const events = await server.eventsOf(answer);
    return [answer.body["code"], events.map(({ body }) => body.type === "refused" && body.reason)];
  };
  expect(await refused({ headers })).toEqual(["not_authenticated", []]);
  expect(server.notices).toMatchObject([{ type: "refused", reason: "no_credential" }]);
  expect(await refused({})).toEqual(["not_authenticated", ["no_credential"]]);
  const cookie = `cfs_${randomBytes(37).toString("base64url")}`;
  expect(await refused({ headers, cookie })).toEqual(["invalid_grant", ["forged_or_mistyped"]]);
});

for (const reason of REFUSAL_REASONS) {
  test(`R160 a refusal for ${reason} is in the event log with its reason, and without a secret`, async () => {
    const given = CASES[reason];
    const { options, reach } = typeof given === "function" ? { options: {}, reach: given } : given;
    await using server = await startLocal(options);
    const answer = await reach(server);
    const refused = (await server.eventsOf(answer)).filter(({ body }) => body.type === "refused");
    expect(refused).toHaveLength(1);
    expect(refused[0]!.body).toMatchObject({ reason, code: answer.body["code"] ?? answer.body["error"] });
    expect(refused[0]!.context?.requestId).toBe(answer.headers["request-id"]);
    // The outside learns the code; the finer reason is for the log.
    expect(answer.body["code"] === reason || !answer.text.includes(reason)).toBe(true);
    const logged = JSON.stringify([await server.services.ledger.readEvents({ limit: 1000 }), server.notices]);
    const { tokens, passwords } = server.journal;
    for (const secret of [...tokens, ...passwords, ...Object.values(HANDLE_PREFIX)]) {
      expect(logged).not.toContain(secret);
    }
  });
}
