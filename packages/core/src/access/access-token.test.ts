import type { AccessTokenClaims } from "@counterfoil/protocol";
import { decodeBase64Url, RESERVED_CLAIMS } from "@counterfoil/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createPublicKey,
  crypto,
  FakeClock,
  keyringOf,
  openLedger,
  SEED,
  seededRandom,
  verify,
} from "../../test/platform.ts";
import { CounterfoilError } from "../errors.ts";
import type { SigningKey } from "../keys/signing-keys.ts";
import { loadSigningKeys } from "../keys/signing-keys.ts";
import type { Session, Sid } from "../session/session.ts";
import type { Subject } from "../user/user.ts";
import type { AddedClaims, MintAccessToken } from "./access-token.ts";
import { audienceOf, mintAccessToken } from "./access-token.ts";

const NOW = 1_800_000_000_999;
const SESSION: Session = {
  sid: "ses_AAAAAAAAAAAAAAAAAAAAAA" as Sid,
  subject: "usr_1" as Subject,
  username: "kavya@example.com",
  transport: "bearer",
  remember: false,
  clientId: "first-party",
  audience: null,
  deviceName: null,
  amr: ["pwd"],
  authTime: NOW - 3_600_500,
  createdAt: NOW - 7_200_000,
  lastActiveAt: NOW - 1000,
  inactivitySeconds: 1_209_600,
  expiresAt: NOW + 86_400_000,
  userAgent: "Mozilla/5.0 (secret device)",
  counter: 41,
  roles: ["admin", "user"],
  claimsVersion: 7,
};

const ledger = await openLedger(new FakeClock());
const { current: key } = await loadSigningKeys({
  ledger,
  crypto,
  keyring: keyringOf("first"),
  algorithm: "ES256",
  hs256Secret: null,
});

function mint(changes: Partial<MintAccessToken> = {}) {
  return mintAccessToken({
    session: SESSION,
    now: NOW,
    issuer: "https://app.example.com/auth",
    audience: ["https://app.example.com"],
    ttlSeconds: 600,
    key,
    random: seededRandom("jti"),
    added: undefined,
    ...changes,
  });
}

function part(token: string, index: number): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(decodeBase64Url(token.split(".")[index]!)!)) as Record<string, unknown>;
}
const claimsOf = (token: string) => part(token, 1) as AccessTokenClaims;
const mintWith = (added: AddedClaims) => mint({ added });

describe("an access token", () => {
  test("R050 says exactly this, for this session at this moment", () => {
    const { token, expiresInSeconds } = mint();
    const { jti, ...claims } = claimsOf(token);
    expect(claims).toEqual({
      iss: "https://app.example.com/auth",
      sub: "usr_1",
      aud: "https://app.example.com",
      exp: 1_800_000_600,
      iat: 1_800_000_000,
      sid: SESSION.sid,
      client_id: "first-party",
      auth_time: 1_799_996_400,
      amr: ["pwd"],
      roles: ["admin", "user"],
      claims_version: 7,
    });
    expect(decodeBase64Url(jti)).toHaveLength(16);
    expect(expiresInSeconds).toBe(600);
  });

  test("R010 names no claim but those of the documented list, and nothing personal", () => {
    const { token } = mint();
    const documented = "iss sub aud exp iat jti sid client_id auth_time amr roles claims_version".split(" ");
    expect(Object.keys(claimsOf(token)).filter((name) => !documented.includes(name))).toEqual([]);
    const text = JSON.stringify(claimsOf(token));
    for (const personal of ["kavya", "Mozilla", "device"]) expect(text).not.toContain(personal);
  });

  test("R046 is typed at+jwt, and names its key and the key's one algorithm", () => {
    expect(part(mint().token, 0)).toEqual({ alg: "ES256", typ: "at+jwt", kid: key.kid });
  });

  test("is signed over both parts as they are sent", () => {
    const { token } = mint();
    const [header, payload, signature] = token.split(".");
    const publicKey = createPublicKey({ key: key.verificationJwk, format: "jwk" });
    const check = (signed: string) =>
      verify(
        "sha256",
        Buffer.from(signed),
        { key: publicKey, dsaEncoding: "ieee-p1363" },
        decodeBase64Url(signature!)!,
      );
    expect(check(`${header}.${payload}`)).toBe(true);
    expect(check(`${header}.${payload}A`)).toBe(false);
  });

  test("R014 has its own jti each time", () => {
    const random = seededRandom("many");
    const ids = Array.from({ length: 200 }, () => claimsOf(mint({ random }).token).jti);
    expect(new Set(ids).size).toBe(200);
  });

  test("R020 never outlives its session, and tells how long it really lives", () => {
    const fast: SigningKey = { ...key, sign: () => new Uint8Array(64) };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000 }), fc.integer({ min: 1, max: 900 }), (left, ttlSeconds) => {
        const expiresAt = NOW + left;
        const minted = mint({ session: { ...SESSION, expiresAt }, ttlSeconds, key: fast });
        const { exp, iat } = claimsOf(minted.token);
        expect(exp * 1000).toBeLessThanOrEqual(expiresAt);
        expect(exp - iat).toBeLessThanOrEqual(ttlSeconds);
        expect(minted.expiresInSeconds).toBe(exp - iat);
        expect(exp).toBe(Math.min(iat + ttlSeconds, Math.floor(expiresAt / 1000)));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test("R030 keeps the time of the sign-in, whenever it is minted", () => {
    const early = claimsOf(mint().token).auth_time;
    expect(claimsOf(mint({ now: NOW + 80_000_000 }).token).auth_time).toBe(early);
  });

  test("is for the session's audience, else for all of the server's", () => {
    const audience = ["https://a.example", "https://b.example"];
    expect(claimsOf(mint({ audience }).token).aud).toEqual(audience);
    expect(claimsOf(mint({ audience: ["https://a.example"] }).token).aud).toBe("https://a.example");
    const session = { ...SESSION, audience: "https://b.example" };
    expect(claimsOf(mint({ audience: audienceOf(session, audience), session }).token).aud).toBe("https://b.example");
    expect(audienceOf(SESSION, audience)).toEqual(audience);
  });
});

describe("what the application adds to its access tokens", () => {
  test("is in them, from the session that they are of", () => {
    const { token } = mintWith((session) => ({ tenant_id: `t-${session.subject}`, plan: { seats: 3 } }));
    expect(claimsOf(token)).toMatchObject({ tenant_id: "t-usr_1", plan: { seats: 3 }, sub: "usr_1" });
  });

  test("may be nothing", () => {
    expect(Object.keys(claimsOf(mintWith(() => undefined).token))).toHaveLength(12);
    expect(Object.keys(claimsOf(mintWith(() => ({})).token))).toHaveLength(12);
  });

  test.each([...RESERVED_CLAIMS])("may not be %s, which is reserved", (name) => {
    const added = JSON.parse(`{${JSON.stringify(name)}:"x"}`) as Record<string, unknown>;
    expect(() => mintWith(() => added)).toThrow(
      new TypeError(`claims() may not set "${name}": that claim is reserved`),
    );
  });

  test.each([
    ["a promise, as an async one gives", () => Promise.resolve({ tenant_id: "t" })],
    ["a promise that rejects", () => Promise.reject(new Error("out"))],
    ["an array", () => ["tenant_id"]],
    ["null", () => null],
    ["a text", () => "tenant_id"],
    ["what speaks for the whole token", () => ({ toJSON: () => ({ sub: "somebody else" }) })],
  ])("may not be %s", (_name, added) => {
    expect(() => mintWith(added as unknown as AddedClaims)).toThrow(TypeError);
    expect(() => mintWith(added as unknown as AddedClaims)).toThrow(/^claims\(\) must give /);
  });

  test("is a fault of ours where it could not be told, with the cause for the log", () => {
    const cause = new Error("directory down");
    const failing = () =>
      mintWith(() => {
        throw cause;
      });
    expect(failing).toThrow(CounterfoilError);
    expect(failing).toThrow(expect.objectContaining({ code: "unavailable", cause }));
  });

  test("may have 1 KiB of JSON, counted in bytes, and not one more", () => {
    const frame = JSON.stringify({ note: "" }).length;
    expect(claimsOf(mintWith(() => ({ note: "x".repeat(1024 - frame) })).token)["note"]).toHaveLength(1024 - frame);
    const tooMuch = new TypeError("claims() may add at most 1 KiB: every request carries it");
    expect(() => mintWith(() => ({ note: "x".repeat(1025 - frame) }))).toThrow(tooMuch);
    expect(() => mintWith(() => ({ note: "é".repeat((1026 - frame) / 2) }))).toThrow(tooMuch);
  });
});
