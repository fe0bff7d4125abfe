import * as oauth from "oauth4webapi";
import { parseVerifierName, registerVerifier } from "@counterfoil/core";
import { expect, test } from "vitest";
import { HeldClock } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

// An OAuth client of somebody else's, which knows of this server nothing but its address.

const CLIENT: oauth.Client = { client_id: "first-party" };
const INSECURE = { [oauth.allowInsecureRequests]: true } as const;

async function discover(server: LocalServer): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.issuer);
  const answer = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...INSECURE });
  return oauth.processDiscoveryResponse(issuer, answer);
}

/** By the wall's clock, as that library's own. */
const start = (options: Parameters<typeof startLocal>[0] = {}) =>
  startLocal({ clock: new HeldClock(Date.now()), ...options });

async function refresh(as: oauth.AuthorizationServer, token: string): Promise<oauth.TokenEndpointResponse> {
  const answer = await oauth.refreshTokenGrantRequest(as, CLIENT, oauth.None(), token, INSECURE);
  return oauth.processRefreshTokenResponse(as, CLIENT, answer);
}

test("R075 R076 an independent client finds the endpoints, refreshes, introspects and revokes", async () => {
  await using server = await start();
  const as = await discover(server);
  expect(as.grant_types_supported).toEqual(["refresh_token"]);
  const signedIn = await signIn(server, KAVYA);
  const tokens = await refresh(as, signedIn.refresh);
  expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 600, refresh_token: expect.any(String) });

  const { services } = server;
  const registered = await registerVerifier(services, parseVerifierName("orders")!, null);
  if (registered.outcome !== "added") throw new Error(registered.outcome);
  const verifier: oauth.Client = { client_id: "orders" };
  const byBearer: oauth.ClientAuth = (_as, _client, _body, headers) =>
    headers.set("authorization", `Bearer ${registered.credential}`);
  for (const authentication of [byBearer, oauth.ClientSecretBasic(registered.credential)]) {
    const ask = async () => {
      const answer = await oauth.introspectionRequest(as, verifier, authentication, tokens.access_token, INSECURE);
      return oauth.processIntrospectionResponse(as, verifier, answer);
    };
    expect(await ask()).toMatchObject({ active: true, sub: signedIn.sub, token_type: "Bearer", username: "kavya" });
  }

  const revoked = await oauth.revocationRequest(as, CLIENT, oauth.None(), tokens.refresh_token!, INSECURE);
  await oauth.processRevocationResponse(revoked);
  const answer = await oauth.introspectionRequest(as, verifier, byBearer, tokens.access_token, INSECURE);
  expect(await oauth.processIntrospectionResponse(as, verifier, answer)).toEqual({ active: false });
  await expect(refresh(as, tokens.refresh_token!)).rejects.toMatchObject({ error: "invalid_grant", status: 400 });
});

test("it reads each refusal as one, and 503 as a fault of the server", async () => {
  await using server = await start();
  const as = await discover(server);
  await expect(refresh(as, "cfr_none")).rejects.toMatchObject({ error: "invalid_grant" });
  const other = await oauth.refreshTokenGrantRequest(
    as,
    { client_id: "another" },
    oauth.None(),
    (await signIn(server, KAVYA)).refresh,
    INSECURE,
  );
  await expect(oauth.processRefreshTokenResponse(as, { client_id: "another" }, other)).rejects.toMatchObject({
    error: "invalid_grant",
  });
  const secret = await oauth.refreshTokenGrantRequest(as, CLIENT, oauth.ClientSecretBasic("s"), "x", INSECURE);
  await expect(oauth.processRefreshTokenResponse(as, CLIENT, secret)).rejects.toMatchObject({ status: 401 });
  const { refresh: token } = await signIn(server, KAVYA);
  await server.services.ledger[Symbol.asyncDispose]();
  const away = await oauth.refreshTokenGrantRequest(as, CLIENT, oauth.None(), token, INSECURE);
  expect(away.status).toBe(503);
  await server.services.ledger.open();
});

test("below a path it finds the metadata where RFC 8414 puts it, and so does who asks below the path", async () => {
  await using server = await start({ path: "/auth" });
  const as = await discover(server);
  expect(as.token_endpoint).toBe(`${server.issuer}/oauth/token`);
  const [atHost, below] = [
    await call(server, "GET", "/.well-known/oauth-authorization-server/auth"),
    await call(server, "GET", "/auth/.well-known/oauth-authorization-server"),
  ];
  expect([atHost.text, atHost.headers["cache-control"]]).toEqual([below.text, below.headers["cache-control"]]);
});
