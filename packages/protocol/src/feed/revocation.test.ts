import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_ACCESS_TOKEN_TTL_SECONDS } from "../claim/claims.ts";
import { REVOCATION_TTL_SECONDS, STALENESS_BOUND_MS } from "./bounds.ts";
import { isRevocation } from "./revocation.ts";

describe("an entry of the feed", () => {
  test.each([
    { type: "session-revoked", sid: "ses_1" },
    { type: "claims-changed", sub: "usr_1", claims_version: 0 },
    { type: "claims-changed", sub: "usr_1", claims_version: Number.MAX_SAFE_INTEGER },
    { type: "key-revoked", kid: "k" },
    { type: "key-revoked", kid: "k", added_later: true },
  ])("is understood: %j", (entry) => {
    expect(isRevocation(entry)).toBe(true);
  });

  test.each([
    ["no object", "session-revoked"],
    ["nothing", null],
    ["undefined", undefined],
    ["a list", [{ type: "session-revoked", sid: "ses_1" }]],
    ["no type", { sid: "ses_1" }],
    ["an unknown type", { type: "audience-revoked", sid: "ses_1" }],
    ["a type of another spelling", { type: "session_revoked", sid: "ses_1" }],
    ["a type in capitals", { type: "SESSION-REVOKED", sid: "ses_1" }],
    ["a type that is a list", { type: ["session-revoked"], sid: "ses_1" }],
    ["the name of something inherited", { type: "constructor" }],
    ["a session without its sid", { type: "session-revoked" }],
    ["a session by number", { type: "session-revoked", sid: 1 }],
    ["a session by another member", { type: "session-revoked", kid: "k" }],
    ["a user without a version", { type: "claims-changed", sub: "usr_1" }],
    ["a user without a subject", { type: "claims-changed", claims_version: 1 }],
    ["a version that is a text", { type: "claims-changed", sub: "usr_1", claims_version: "1" }],
    ["a negative version", { type: "claims-changed", sub: "usr_1", claims_version: -1 }],
    ["half a version", { type: "claims-changed", sub: "usr_1", claims_version: 1.5 }],
    ["a version beyond exact numbers", { type: "claims-changed", sub: "usr_1", claims_version: 2 ** 53 }],
    ["a version that is no number", { type: "claims-changed", sub: "usr_1", claims_version: Number.NaN }],
    ["a key without its kid", { type: "key-revoked" }],
    ["a key by null", { type: "key-revoked", kid: null }],
  ])("is not understood: %s", (_name, value) => {
    expect(isRevocation(value)).toBe(false);
  });

  test("never throws, whatever came over the wire", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect([true, false]).toContain(isRevocation(value));
      }),
      { seed: 20_261_124 },
    );
  });
});

test("R021 an entry outlives every access token that it could concern, by more than the bound T", () => {
  expect(REVOCATION_TTL_SECONDS * 1000).toBeGreaterThan(MAX_ACCESS_TOKEN_TTL_SECONDS * 1000 + STALENESS_BOUND_MS);
  expect(STALENESS_BOUND_MS).toBe(1000);
});
