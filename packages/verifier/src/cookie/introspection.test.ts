import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { systemFetch } from "../fetch/fetch.ts";
import { introspectCookie } from "./introspection.ts";

interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What comes of it if the server says that; and what the server was asked. */
async function ask(say: (issuer: string) => Said) {
  const asked: { method?: string; url?: string; headers?: IncomingHttpHeaders; body?: string } = {};
  let issuer = "";
  const server = createServer(async (incoming, outgoing) => {
    const { status = 200, headers = {}, body } = say(issuer);
    let text = "";
    for await (const chunk of incoming) text += String(chunk);
    Object.assign(asked, { method: incoming.method, url: incoming.url, headers: incoming.headers, body: text });
    outgoing.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`;
  const options = { issuer, credential: { authorization: () => "Bearer cfv_secret" }, fetch: systemFetch };
  const outcome = await introspectCookie(options, "cfs_a", 5000).catch((error: unknown) => error);
  server.closeAllConnections();
  server.close();
  return { outcome, asked };
}

const ACTIVE = {
  active: true,
  token_type: "session_token",
  sub: "usr_a",
  sid: "ses_a",
  roles: ["user"],
  amr: ["pwd"],
  auth_time: 1_800_000_000,
  exp: 1_800_086_400,
  claims_version: 3,
};

test("the server is asked with the verifier's credential, by a form, and told that the user is active", async () => {
  const { asked } = await ask((iss) => ({ body: { ...ACTIVE, iss } }));
  expect(asked).toMatchObject({ method: "POST", url: "/auth/oauth/introspect", body: "token=cfs_a&activity=true" });
  expect(asked.headers).toMatchObject({ authorization: "Bearer cfv_secret" });
  expect(asked.headers!["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
});

test("a session that is live says who it is, instants in milliseconds", async () => {
  const { outcome } = await ask((iss) => ({ body: { ...ACTIVE, iss } }));
  expect(outcome).toEqual({
    sub: "usr_a",
    sid: "ses_a",
    roles: ["user"],
    amr: ["pwd"],
    authTime: 1_800_000_000_000,
    expiresAt: 1_800_086_400_000,
    claimsVersion: 3,
    via: "cookie",
    claims: null,
  });
  expect(Object.isFrozen(outcome)).toBe(true);
});

test.each(["Bearer", "refresh_token", undefined])("another kind of token (%s) signs nobody in", async (type) => {
  expect((await ask((iss) => ({ body: { ...ACTIVE, iss, token_type: type } }))).outcome).toBeNull();
});

test("one that is not active is none", async () => {
  expect((await ask(() => ({ body: { active: false } }))).outcome).toBeNull();
});

describe("an answer that is none is a failure, never a refusal of the user", () => {
  test.each([
    ["of another issuer", { body: { ...ACTIVE, iss: "https://evil.example" } }],
    ["without an issuer", { body: ACTIVE }],
    ["without active", { body: {} }],
    ["with active as text", { body: { active: "false" } }],
    ["that is no JSON", { body: "<html>" }],
    ["that is a list", { body: [] }],
    ["that is null", { body: "null" }],
    ["that is too long", { body: " ".repeat(20_000) + JSON.stringify({ active: false }) }],
    ["of an unknown credential", { status: 401, body: { error: "invalid_client" } }],
    ["of a server in trouble", { status: 503, body: { active: false } }],
    ["of somewhere else", { status: 307, headers: { Location: "http://127.0.0.1:1/" }, body: "" }],
  ])("%s", async (_, said) => {
    expect((await ask(() => said)).outcome).toHaveProperty("name", "IntrospectionError");
  });

  test.each(["sub", "sid", "roles", "amr", "auth_time", "exp", "claims_version"])("without %s", async (name) => {
    const { outcome } = await ask((iss) => ({ body: { ...ACTIVE, iss, [name]: undefined } }));
    expect(outcome).toHaveProperty("name", "IntrospectionError");
  });

  test("from nobody", async () => {
    const options = {
      issuer: "http://127.0.0.1:1",
      credential: { authorization: () => "Bearer cfv_secret" },
      fetch: systemFetch,
    };
    const failed = introspectCookie(options, "cfs_a", 5000).catch((error: unknown) => error);
    expect(await failed).toHaveProperty("name", "IntrospectionError");
    expect(String(await failed)).not.toContain("cfv_secret");
  });

  test("that does not come in time", async () => {
    const options = {
      issuer: "http://127.0.0.1:1",
      credential: { authorization: () => "Bearer cfv_secret" },
      fetch: (_: unknown, init?: RequestInit) =>
        new Promise<Response>((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
        }),
    };
    const failed = introspectCookie(options, "cfs_a", 1).catch((error: unknown) => error);
    expect(await failed).toMatchObject({ name: "IntrospectionError", cause: { name: "TimeoutError" } });
  });
});
