import { ERRORS } from "@counterfoil/protocol";
import { describe, expect, test, vi } from "vitest";
import { setUp } from "../../test/kernel.ts";
import { claimsWith, generateSigningKey, mint } from "../../test/mint.ts";
import { createCookieRequests } from "../cookie/cookie-requests.ts";
import { INVALID_SESSION } from "../cookie/refusal.ts";
import { createRequestVerifier } from "./verify-request.ts";
import type { RequestParts } from "./verify-request.ts";

const { kernel, key } = setUp();
const COOKIE = "__Host-session_id";
const OWN = "https://app.example.com";

function request(headers: Readonly<Record<string, string>>, method = "GET", url = "https://api.example/orders") {
  return { method, url, headers: new Headers(headers) };
}

const bearer = (token: string) => request({ Authorization: `Bearer ${token}` });

function verifier(parts: Partial<RequestParts> = {}) {
  return createRequestVerifier({ verify: (token) => kernel.verify(token), cookies: null, ...parts });
}

type VerifyCookie = Parameters<typeof createCookieRequests>[1];

const cookies = (verify: VerifyCookie) =>
  createCookieRequests({ issuer: OWN, sessionCookie: "host", allowedOrigins: ["https://other.example"] }, verify);

describe("an access token", () => {
  test("that is good tells who calls, at once", () => {
    const claims = claimsWith({ roles: ["admin"], tenant_id: "acme" });
    const seen = verifier().verifyRequest(bearer(mint(key, claims)));
    expect(seen).toEqual({
      ok: true,
      auth: {
        sub: claims["sub"],
        sid: claims["sid"],
        roles: ["admin"],
        authTime: Number(claims["auth_time"]) * 1000,
        amr: ["pwd"],
        claimsVersion: 3,
        expiresAt: Number(claims["exp"]) * 1000,
        via: "access_token",
        claims,
        clientId: claims["client_id"],
        jti: claims["jti"],
        kid: key.kid,
      },
    });
  });

  test("that was seen before gives the same frozen object", () => {
    const { verifyRequest } = verifier();
    const token = mint(key);
    const first = verifyRequest(bearer(token));
    expect(verifyRequest(bearer(token))).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(first).toHaveProperty("auth", expect.toSatisfy(Object.isFrozen));
  });

  test.each(["Bearer ", "bearer ", "BEARER   ", "Bearer  "])("may come behind %j", async (scheme) => {
    const { verifyRequest } = verifier();
    const seen = await verifyRequest(request({ Authorization: `${scheme}${mint(key)}` }));
    expect(seen.ok).toBe(true);
  });

  test("that is no good is refused with the sentence and the challenge", async () => {
    const seen = await verifier().verifyRequest(bearer(mint(generateSigningKey("ES256", key.kid))));
    expect(seen).toEqual({
      ok: false,
      code: "invalid_token",
      status: 401,
      headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
      body: { error: ERRORS.invalid_token.sentence, code: "invalid_token" },
    });
  });

  test("of changed claims is refused with what to do about it", async () => {
    const claims = claimsWith({ sub: "usr_changed" });
    kernel.apply({ type: "claims-changed", sub: "usr_changed", claims_version: 4 });
    const seen = await verifier().verifyRequest(bearer(mint(key, claims)));
    expect(seen).toMatchObject({ ok: false, code: "claims_changed", status: 401 });
    expect(seen).toHaveProperty("headers.WWW-Authenticate", expect.stringContaining("refresh the access token"));
  });

  test("is waited for where memory cannot answer", async () => {
    const { verifyRequest } = verifier({ verify: async (token) => kernel.verify(token) });
    expect(await verifyRequest(bearer(mint(key)))).toMatchObject({ ok: true });
    const unavailable = { ok: false, code: "unavailable", status: 503, headers: { "Retry-After": "1" } } as const;
    const other = verifier({ verify: async () => unavailable });
    expect(await other.verifyRequest(bearer(mint(key)))).toEqual({
      ...unavailable,
      body: { error: ERRORS.unavailable.sentence, code: "unavailable" },
    });
  });
});

describe("one credential", () => {
  test("none is a challenge without an error", async () => {
    const seen = await verifier().verifyRequest(request({ Cookie: `${COOKIE}=cfs_a` }));
    expect(seen).toMatchObject({
      code: "not_authenticated",
      status: 401,
      headers: { "WWW-Authenticate": "Bearer" },
    });
  });

  test("R018 two Authorization headers are refused, even of two good tokens", async () => {
    const headers = new Headers([
      ["Authorization", `Bearer ${mint(key)}`],
      ["Authorization", `Bearer ${mint(key)}`],
    ]);
    const seen = await verifier().verifyRequest({ method: "GET", url: "/", headers });
    expect(seen).toMatchObject({ ok: false, code: "ambiguous_credentials", status: 400, headers: {} });
  });

  test.each([`?access_token=`, `?a=1&token=`, `?x=cfs_`])("a token in the address (%s) is refused", async (query) => {
    const token = mint(key);
    const seen = await verifier().verifyRequest(
      request({ Authorization: `Bearer ${token}` }, "GET", `/orders${query}${token}`),
    );
    expect(seen).toMatchObject({ ok: false, code: "invalid_request", status: 400 });
  });

  test("an address with another query is none of its business", async () => {
    const seen = await verifier().verifyRequest(
      request({ Authorization: `Bearer ${mint(key)}` }, "GET", "/orders?page=2"),
    );
    expect(seen.ok).toBe(true);
  });

  test.each(["Basic YTpi", "Bearer", "Bearer a b", "Bearer é"])("%j is a malformed request", async (authorization) => {
    const seen = await verifier().verifyRequest(request({ Authorization: authorization }));
    expect(seen).toMatchObject({ ok: false, code: "invalid_request", status: 400 });
  });

  test("Authorization decides alone: a bad token is not made good by a good cookie", async () => {
    const verify = vi.fn<VerifyCookie>();
    const { verifyRequest } = verifier({ cookies: cookies(verify) });
    const seen = await verifyRequest(request({ Authorization: "Bearer a.b.c", Cookie: `${COOKIE}=cfs_a` }));
    expect(seen).toMatchObject({ code: "invalid_token" });
    expect(verify).not.toHaveBeenCalled();
  });

  test("R018 two session cookies are refused", async () => {
    const { verifyRequest } = verifier({ cookies: cookies(() => INVALID_SESSION) });
    const seen = await verifyRequest(request({ Cookie: `${COOKIE}=cfs_a; ${COOKIE}=cfs_b` }));
    expect(seen).toMatchObject({ code: "ambiguous_credentials", status: 400 });
  });
});

describe("the guard against cross-site requests", () => {
  const verify = vi.fn<VerifyCookie>(() => INVALID_SESSION);
  const { verifyRequest } = verifier({ cookies: cookies(verify) });
  const Cookie = `${COOKIE}=cfs_a`;

  test.each([
    ["POST", { Cookie }],
    ["DELETE", { Cookie, Origin: "https://evil.example" }],
    ["POST", { Cookie, "Sec-Fetch-Site": "same-site" }],
  ])("R090 refuses %s with %j before the cookie is asked about", async (method, headers) => {
    verify.mockClear();
    expect(await verifyRequest(request(headers, method))).toMatchObject({ code: "csrf_refused", status: 403 });
    expect(verify).not.toHaveBeenCalled();
  });

  test.each([
    ["GET", { Cookie }],
    ["POST", { Cookie, Origin: OWN }],
    ["POST", { Cookie, Origin: "https://other.example" }],
    ["POST", { Cookie, "Sec-Fetch-Site": "same-origin" }],
  ])("lets %s with %j through", async (method, headers) => {
    expect(await verifyRequest(request(headers, method))).toBe(INVALID_SESSION);
  });

  test("is not for a token in a header, which no other site can send", async () => {
    const seen = await verifyRequest(
      request({ Authorization: `Bearer ${mint(key)}`, Origin: "https://evil.example" }, "POST"),
    );
    expect(seen.ok).toBe(true);
  });
});
