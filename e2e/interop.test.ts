import { createHmac, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createRequire } from "node:module";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import { createVerifier } from "fast-jwt";
import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import type { JSONWebKeySet, JWK } from "jose";
import { expect, test } from "vitest";
import { HeldClock } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

interface JsonWebToken {
  verify(
    token: string,
    key: string | Buffer,
    options: { algorithms: string[]; issuer: string; audience: string },
  ): unknown;
}

const jsonwebtoken = createRequire(import.meta.url)("jsonwebtoken") as JsonWebToken;

const AUDIENCE = "https://api.example";

/** What each library says of one token; an error's name where it refuses. */
async function verdicts(token: string, server: LocalServer, jwk: JWK, algorithm: string): Promise<readonly string[]> {
  const options = { issuer: server.issuer, audience: AUDIENCE, algorithms: [algorithm], typ: "at+jwt" };
  const remote = createRemoteJWKSet(new URL(`http://127.0.0.1:${server.port}/.well-known/jwks.json`));
  const said = [
    jwtVerify(token, remote, options).then(({ payload }) => payload.sub),
    jwtVerify(token, createLocalJWKSet({ keys: [jwk] }), options).then(({ payload }) => payload.sub),
    ...byPem(token, createPublicKey({ key: jwk, format: "jwk" }), algorithm, server.issuer),
  ];
  return Promise.all(said.map((sub) => sub.then(String, () => "refused")));
}

/** Those that take a key as PEM: jsonwebtoken 9 knows no Edwards curves, and fast-jwt 6 only their older name. */
function byPem(token: string, key: KeyObject, algorithm: string, issuer: string): readonly Promise<unknown>[] {
  const pem = key.export({ type: "spki", format: "pem" }).toString();
  const fast = () => (async () => verifyFast(token, pem, algorithm, issuer))();
  const classic = () => (async () => verifyClassic(token, pem, algorithm, issuer))();
  switch (algorithm) {
    case "Ed25519":
      return [];
    case "EdDSA":
      return [fast()];
    default:
      return [fast(), classic()];
  }
}

function verifyClassic(token: string, key: string, algorithm: string, issuer: string): string {
  const claims = jsonwebtoken.verify(token, key, { algorithms: [algorithm], issuer, audience: AUDIENCE });
  return (claims as { sub: string }).sub;
}

function verifyFast(token: string, key: string, algorithm: string, issuer: string): string {
  const algorithms = [algorithm as "ES256" | "EdDSA" | "RS256" | "HS256"];
  const verify = createVerifier({ key, algorithms, allowedIss: issuer, allowedAud: AUDIENCE });
  return (verify(token) as { sub: string }).sub;
}

const LIBRARIES: Readonly<Record<Exclude<SigningAlgorithm, "HS256">, number>> = {
  ES256: 4,
  Ed25519: 2,
  EdDSA: 3,
  RS256: 4,
};

for (const [algorithm, count] of Object.entries(LIBRARIES)) {
  test(`R054 an ${algorithm} access token is verified by ${count} of other people's verifiers from the JWK Set, and a changed one by none`, async () => {
    await using server = await startLocal({
      algorithm: algorithm as SigningAlgorithm,
      audience: AUDIENCE,
      clock: new HeldClock(Date.now()),
    });
    const { access, sub } = await signIn(server, KAVYA);
    expect(decodeProtectedHeader(access)).toMatchObject({ alg: algorithm, typ: "at+jwt", kid: expect.any(String) });
    const { keys } = (await call(server, "GET", "/.well-known/jwks.json")).body as unknown as JSONWebKeySet;
    expect(keys).toHaveLength(1);
    const subs = Array.from({ length: count }, () => sub);
    expect(await verdicts(access, server, keys[0]!, algorithm)).toEqual(subs);
    const [head, payload, signature] = access.split(".") as [string, string, string];
    const forged = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    const other = Buffer.from(JSON.stringify({ ...forged, roles: ["root"] })).toString("base64url");
    expect(await verdicts(`${head}.${other}.${signature}`, server, keys[0]!, algorithm)).toEqual(
      subs.map(() => "refused"),
    );
  });
}

test("an HS256 access token is verified by each of them with the text of the shared secret, and by no other secret; no key is published", async () => {
  const hs256Secret = newSecret();
  const clock = new HeldClock(Date.now());
  await using server = await startLocal({ algorithm: "HS256", hs256Secret, audience: AUDIENCE, clock });
  const { access, sub } = await signIn(server, KAVYA);
  const { issuer } = server;
  const by = async (secret: string) => {
    const said = [
      jwtVerify(access, Buffer.from(secret), { issuer, audience: AUDIENCE }).then(({ payload }) => payload.sub),
      (async () => verifyFast(access, secret, "HS256", issuer))(),
      (async () => verifyClassic(access, secret, "HS256", issuer))(),
    ];
    return Promise.all(said.map((one) => one.then(String, () => "refused")));
  };
  expect(await by(hs256Secret)).toEqual([sub, sub, sub]);
  expect(await by(newSecret())).toEqual(["refused", "refused", "refused"]);
  expect((await call(server, "GET", "/.well-known/jwks.json")).body).toEqual({ keys: [] });
});

test("R037 a token signed with HMAC under the published key or under none, is refused", async () => {
  await using server = await startLocal({ audience: AUDIENCE });
  const { access } = await signIn(server, KAVYA);
  const { keys } = (await call(server, "GET", "/.well-known/jwks.json")).body as unknown as JSONWebKeySet;
  const pem = createPublicKey({ key: keys[0]!, format: "jwk" }).export({ type: "spki", format: "pem" });
  const [, payload] = access.split(".") as [string, string];
  const codes = [];
  for (const alg of ["HS256", "none", "None", "nOnE", "NONE", "", "HS512", "RS256", "EdDSA"]) {
    const header = Buffer.from(JSON.stringify({ alg, typ: "at+jwt", kid: keys[0]!.kid })).toString("base64url");
    for (const key of [pem, JSON.stringify(keys[0]), ""]) {
      const mac = createHmac("sha256", key).update(`${header}.${payload}`).digest("base64url");
      for (const signature of [mac, ""]) {
        const refused = await call(server, "GET", "/me", { token: `${header}.${payload}.${signature}` });
        codes.push(`${refused.status} ${String(refused.body["code"])}`);
      }
    }
  }
  expect(new Set(codes)).toEqual(new Set(["401 invalid_token"]));
});
