import { EventEmitter } from "node:events";
import type { Revocation } from "@counterfoil/protocol";
import { describe, expect, test, vi } from "vitest";
import { HeldFeed } from "../../test/feed.ts";
import { setUp as setUpKernel } from "../../test/kernel.ts";
import { AUDIENCE, claimsWith, ISSUER, mint, MINTED_AT } from "../../test/mint.ts";
import type { Fetch } from "../fetch/fetch.ts";
import type { SocketLike } from "../guard/connection.ts";
import { createRequests } from "./requests.ts";
import type { RequestOptions } from "./requests.ts";
import type { RequestVerified } from "./verify-request.ts";

const CREDENTIAL = { authorization: () => "Bearer cfv_a" };
const CLOCK = { monotonic: () => 0, after: () => () => {} };
const COOKIE = { Cookie: "__Host-session_id=cfs_a" };

class FakeSocket extends EventEmitter implements SocketLike {
  readyState = 1;
  readonly reasons: (string | undefined)[] = [];
  close(_?: number, reason?: string): void {
    this.reasons.push(reason);
  }
}

function setUp(options: Partial<RequestOptions> = {}) {
  const { kernel, key } = setUpKernel();
  const feed = new HeldFeed();
  const session = { sid: "ses_cookie", claims_version: 3 };
  const fetch = vi.fn<Fetch>(async () =>
    Response.json({
      active: true,
      token_type: "session_token",
      iss: ISSUER,
      aud: AUDIENCE,
      sub: "usr_cookie",
      roles: ["user"],
      amr: ["pwd"],
      auth_time: MINTED_AT,
      exp: MINTED_AT + 86_400,
      ...session,
    }),
  );
  const onCookie = vi.fn<(seen: RequestVerified) => void>();
  const requests = createRequests(
    {
      issuer: ISSUER,
      credential: CREDENTIAL,
      sessionCookie: "host",
      whenStale: "catch-up",
      feed: "stream",
      ...options,
    },
    { feed, kernel, verify: (token) => kernel.verify(token), clock: CLOCK, fetch, onCookie },
  );
  const tell = (entry: Revocation) => {
    kernel.apply(entry);
    feed.tell(entry);
  };
  const tellAnew = (...entries: Revocation[]) => {
    for (const entry of entries) kernel.apply(entry);
    feed.tellAnew();
  };
  const verify = async (headers: Readonly<Record<string, string>>) => {
    const seen = await requests.verifyRequest({ method: "GET", url: "/", headers: new Headers(headers) });
    if (!seen.ok) throw new Error(seen.code);
    return seen.auth;
  };
  return { requests, kernel, key, feed, fetch, onCookie, tell, tellAnew, verify };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

test("a cookie and a token are checked by one object, and each guards a connection", async () => {
  const { requests, key, verify, tell } = setUp();
  const claims = claimsWith();
  const [byCookie, byToken] = [new FakeSocket(), new FakeSocket()];
  requests.guard(await verify(COOKIE), byCookie);
  requests.guard(await verify(bearer(mint(key, claims))), byToken);
  expect(requests.sizes).toEqual({ connections: 2, cookies: 1 });
  tell({ type: "session-revoked", sid: "ses_cookie" });
  expect([byCookie.reasons, byToken.reasons]).toEqual([["session_ended"], []]);
  tell({ type: "claims-changed", sub: claims["sub"] as string, claims_version: 4 });
  expect(byToken.reasons).toEqual(["claims_changed"]);
});

test("each answer about a cookie is told, and none about a token", async () => {
  const { key, verify, fetch, onCookie } = setUp();
  await verify(COOKIE);
  await verify(COOKIE);
  await verify(bearer(mint(key)));
  fetch.mockRejectedValue(new Error("out of reach"));
  await expect(verify({ Cookie: "__Host-session_id=cfs_b" })).rejects.toThrow("unavailable");
  const told = onCookie.mock.calls.map(([seen]) => (seen.ok ? "accepted" : seen.code));
  expect(told).toEqual(["accepted", "accepted", "unavailable"]);
});

test("cookies are not read unless that was asked for", async () => {
  const { requests, fetch } = setUp();
  const without = createRequests(
    { issuer: ISSUER, credential: CREDENTIAL, whenStale: "catch-up", feed: "stream" },
    {
      feed: new HeldFeed(),
      kernel: setUpKernel().kernel,
      verify: (token) => setUpKernel().kernel.verify(token),
      clock: CLOCK,
      fetch,
    },
  );
  const head = { method: "GET", headers: new Headers(COOKIE) };
  expect(await without.verifyRequest(head)).toMatchObject({ code: "not_authenticated" });
  expect(fetch).not.toHaveBeenCalled();
  expect(await requests.verifyRequest(head)).toMatchObject({ ok: true });
});

test.each([
  ["host", ISSUER, "__Host-session_id"],
  ["domain", ISSUER, "__Secure-session_id"],
  ["host", "http://localhost:4000", "session_id"],
] as const)("the cookie of scope %s under %s is %s", async (sessionCookie, issuer, name) => {
  const { requests, fetch } = setUp({ sessionCookie, issuer });
  await requests.verifyRequest({ method: "GET", headers: new Headers({ Cookie: `${name}=cfs_a` }) });
  expect(fetch).toHaveBeenCalledTimes(1);
});

describe("R147 what happened between the check of the request and its connection ends it at once", () => {
  const after = (entry: (claims: Record<string, unknown>, kid: string) => Revocation) => async () => {
    const { requests, key, verify, tell } = setUp();
    const claims = claimsWith();
    const auth = await verify(bearer(mint(key, claims)));
    tell(entry(claims, key.kid));
    return requests.guard(auth, new FakeSocket()).ended;
  };

  test("the end of the session", async () => {
    const ended = after(({ sid }) => ({ type: "session-revoked", sid: sid as string }));
    expect(await ended()).toBe("session_ended");
  });

  test("a change of the user's claims", async () => {
    const ended = after(({ sub }) => ({ type: "claims-changed", sub: sub as string, claims_version: 4 }));
    expect(await ended()).toBe("claims_changed");
  });

  test("the revocation of the token's key, and not of another one", async () => {
    expect(await after((_, kid) => ({ type: "key-revoked", kid }))()).toBe("session_ended");
    expect(await after(() => ({ type: "key-revoked", kid: "another" }))()).toBeNull();
  });

  test("everybody's end, for a cookie", async () => {
    const { requests, verify, tell } = setUp();
    const auth = await verify(COOKIE);
    tell({ type: "key-revoked", kid: "k" });
    expect(requests.guard(auth, new FakeSocket()).ended).toBe("session_ended");
  });
});

test("R147 a snapshot that knows more ends what it concerns, and a key in it everybody's cookies", async () => {
  const { requests, key, verify, tellAnew } = setUp();
  const claims = claimsWith();
  const [byCookie, byToken] = [new FakeSocket(), new FakeSocket()];
  requests.guard(await verify(COOKIE), byCookie);
  requests.guard(await verify(bearer(mint(key, claims))), byToken);
  tellAnew();
  expect([byCookie.reasons, byToken.reasons]).toEqual([[], []]);
  tellAnew({ type: "key-revoked", kid: "another" });
  expect([byCookie.reasons, byToken.reasons]).toEqual([["session_ended"], []]);
  tellAnew({ type: "key-revoked", kid: key.kid });
  expect(byToken.reasons).toEqual(["session_ended"]);
});

test("what verify gives can guard a connection, too", () => {
  const { requests, kernel, key, tell } = setUp();
  const claims = claimsWith();
  const verified = kernel.verify(mint(key, claims));
  const socket = new FakeSocket();
  if (verified.ok) requests.guard(verified.auth, socket);
  tell({ type: "session-revoked", sid: claims["sid"] as string });
  expect(socket.reasons).toEqual(["session_ended"]);
});

test("R147 the revocation of its key ends what verify gave, too, if it came before the connection", () => {
  const { requests, kernel, key, tell } = setUp();
  const verified = kernel.verify(mint(key));
  tell({ type: "key-revoked", kid: key.kid });
  expect(verified.ok && requests.guard(verified.auth, new FakeSocket()).ended).toBe("session_ended");
});

test("at the end of the verifier the connections end, and the feed tells nobody any more", async () => {
  const { requests, verify, tell } = setUp();
  const socket = new FakeSocket();
  requests.guard(await verify(COOKIE), socket);
  requests.close();
  tell({ type: "session-revoked", sid: "ses_cookie" });
  expect(socket.reasons).toEqual(["unavailable"]);
});

test.each([["https://app.example.com/"], ["app.example.com"], ["null"], ["*"], ["https://APP.example.com"]])(
  "allowedOrigins cannot have %s, which would never match",
  (origin) => {
    expect(() => setUp({ allowedOrigins: [origin] })).toThrow(TypeError);
  },
);

test("sessionCookie is one of two words", () => {
  expect(() => setUp({ sessionCookie: "Host" as "host" })).toThrow(TypeError);
});
