import { ERRORS } from "@counterfoil/protocol";
import type { ErrorCode } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { MINUTE } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { Carried } from "./support/http.ts";
import type { LocalOptions, LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";
import { NEW_PASSWORD, NO_CODE } from "./support/password.ts";

type Reach = (server: LocalServer) => Promise<Answer>;
type Case = Reach | { readonly options: LocalOptions; readonly reach: Reach };

const once =
  (method: string, path: string, carried: Carried = {}): Reach =>
  (server) =>
    call(server, method, path, carried);

const login = (body: object | string, headers: Carried["headers"] = {}) => once("POST", "/login", { body, headers });

const oauth =
  (path: string, form: Readonly<Record<string, string>>): Reach =>
  (server) =>
    call(server, "POST", path, { form });

/** The compiler asks for each code of the union: one that no request can lead to does not belong in it. */
const CASES: Readonly<Record<ErrorCode, Case>> = {
  invalid_request: login("{"),
  ambiguous_credentials: once("GET", "/me", { headers: { Authorization: "Bearer one, Bearer two" } }),
  invalid_target: login({ ...KAVYA, audience: "https://elsewhere.example" }),
  unsupported_grant_type: oauth("/oauth/token", { grant_type: "password" }),
  invalid_scope: oauth("/oauth/token", { grant_type: "refresh_token", refresh_token: "cfr_none", scope: "all" }),
  unsupported_token_type: oauth("/oauth/revoke", { token: "cfs_none" }),
  bearer_refused: login({ ...KAVYA, transport: "bearer" }, { "Sec-Fetch-Site": "same-origin" }),
  password_refused: {
    options: { registration: "open" },
    reach: once("POST", "/register", { body: { username: "grace", password: "short" } }),
  },
  invalid_code: once("POST", "/password", { body: { code: NO_CODE, new_password: NEW_PASSWORD } }),
  invalid_credentials: login({ ...KAVYA, password: "wrong" }),
  second_factor_required: { options: { secondFactor: async () => "needed" }, reach: login(KAVYA) },
  invalid_client: oauth("/oauth/introspect", { token: "any" }),
  invalid_grant: once("POST", "/refresh", { token: "cfr_none" }),
  not_authenticated: once("GET", "/me"),
  invalid_session: once("GET", "/me", { cookie: "cfs_none" }),
  invalid_token: once("GET", "/me", { token: "a.b.c" }),
  claims_changed: async (server) => {
    const { access, sub } = await signIn(server, KAVYA);
    await server.cf.users.setRoles(sub, ["guest"]);
    return call(server, "GET", "/dashboard", { token: access });
  },
  reauthentication_required: async (server) => {
    const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
    const { sid } = await signIn(server, KAVYA);
    server.clock.advance(16 * MINUTE);
    return call(server, "DELETE", `/sessions/${sid}`, { cookie });
  },
  insufficient_role: async (server) => {
    const { access } = await signIn(server, ARJUN);
    return call(server, "GET", "/admin/sessions", { token: access });
  },
  csrf_refused: once("POST", "/logout", { headers: { "Sec-Fetch-Site": "cross-site" } }),
  not_found: once("GET", "/nothing"),
  method_not_allowed: once("GET", "/login"),
  conflict: async (server) => {
    const { access } = await signIn(server, KAVYA);
    return call(server, "POST", "/admin/users", { token: access, body: { username: "ARJUN" } });
  },
  payload_too_large: login({ ...KAVYA, password: "x".repeat(17_000) }),
  unsupported_media_type: login("username=kavya", { "Content-Type": "application/x-www-form-urlencoded" }),
  too_many_attempts: async (server) => {
    for (let guess = 0; guess < 20; guess++) await login({ username: "arjun", password: "guess" })(server);
    return login({ username: "arjun", password: "guess" })(server);
  },
  internal: {
    // A bug in the application's own function is told to the log, and to nobody outside.
    options: { claims: () => ({ sub: "somebody else" }) },
    reach: async (server) => {
      const response = await fetch(`http://127.0.0.1:${server.port}/login`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(KAVYA),
      });
      const text = await response.text();
      const headers = Object.fromEntries(response.headers);
      return { status: response.status, headers, text, body: JSON.parse(text) as Answer["body"], setCookies: [] };
    },
  },
  overloaded: { options: { passwordConcurrency: 1, passwordQueue: 0 }, reach: firstOverloaded },
  unavailable: {
    options: { authenticate: () => Promise.reject(new Error("the application's database is away")) },
    reach: login(KAVYA),
  },
};

async function firstOverloaded(server: LocalServer): Promise<Answer> {
  const answers = await Promise.all(Array.from({ length: 16 }, () => login(KAVYA)(server)));
  return answers.find(({ status }) => status === 503) ?? answers[0]!;
}

for (const [code, given] of Object.entries(CASES)) {
  test(`R160 R162 a real request leads to ${code}, with its status, in the form of every error`, async () => {
    const { options, reach } = typeof given === "function" ? { options: {}, reach: given } : given;
    await using server = await startLocal(options);
    const answer = await reach(server);
    const { status } = ERRORS[code as ErrorCode];
    // Those of OAuth's own routes have its form (RFC 6749 §5.2).
    const [named, form] =
      "code" in answer.body
        ? (["code", ["error", "code"]] as const)
        : (["error", ["error", "error_description"]] as const);
    expect([answer.status, answer.body[named]]).toEqual([status, code]);
    expect(Object.keys(answer.body)).toEqual(form);
    // 404, 405 and a server's own fault are no decision about anybody; every other refusal is an event.
    const events = await server.eventsOf(answer);
    const expected = ["not_found", "method_not_allowed", "internal", "unavailable"].includes(code) ? 0 : 1;
    expect(events.filter(({ body }) => body.type === "refused")).toHaveLength(expected);
  });
}

test("a fault of ours is told to the log with its stack, and to the client with a fixed sentence", async () => {
  const { options, reach } = CASES.internal as Exclude<Case, Reach>;
  await using server = await startLocal(options);
  const answer = await reach(server);
  expect(answer.text).toBe(JSON.stringify({ error: ERRORS.internal.sentence, code: "internal" }));
  const [notice] = server.notices;
  expect(notice).toMatchObject({ type: "fault", status: 500, context: { requestId: answer.headers["request-id"] } });
});
