import { describe, expect, test } from "vitest";
import { outcome, setUp } from "../../test/kernel.ts";
import {
  AUDIENCE,
  claimsWith,
  generateSigningKey,
  headerWith,
  ISSUER,
  mint,
  MINTED_AT,
  mintRaw,
} from "../../test/mint.ts";

const { key, kernel, clock } = setUp();
const verdict = (claims: Readonly<Record<string, unknown>>) => outcome(kernel.verify(mint(key, claims)));

/** The claims as text, with one member written as no serialiser would. */
function withRaw(name: string, value: string): string {
  const members = Object.entries(claimsWith({ [name]: undefined })).filter(([, member]) => member !== undefined);
  const texts = members.map(([member, content]) => `"${member}":${JSON.stringify(content)}`);
  return mintRaw(key, JSON.stringify(headerWith(key)), `{${[...texts, `"${name}":${value}`].join(",")}}`);
}

const TEXTS = ["iss", "sub", "jti", "sid", "client_id"];
const COUNTS = ["exp", "iat", "auth_time", "claims_version"];
const LISTS = ["amr", "roles"];

describe("what a token must say", () => {
  test.each([...TEXTS, ...COUNTS, ...LISTS, "aud"])("R050 without %s it is refused", (name) => {
    expect(verdict({ [name]: undefined })).toBe("bad_claims");
    expect(verdict({ [name]: null })).toBe("bad_claims");
  });

  test.each(TEXTS)("R050 %s is a text", (name) => {
    for (const wrong of [1, true, "", [], ["a"], {}, [ISSUER]]) expect(verdict({ [name]: wrong })).toBe("bad_claims");
  });

  test.each([...COUNTS, "nbf"])("R045 %s is a whole number from zero on", (name) => {
    for (const wrong of ["1800000600", -1, 1.5, [], {}, true, 2 ** 53]) {
      expect(verdict({ [name]: wrong })).toBe("bad_claims");
    }
    for (const wrong of ["1e400", "-1e400", "1800000600.5"]) {
      expect(outcome(kernel.verify(withRaw(name, wrong)))).toBe("bad_claims");
    }
  });

  test.each(LISTS)("%s is a list of texts", (name) => {
    for (const wrong of ["admin", { 0: "admin" }, ["admin", 1], [["admin"]], [null], [""]]) {
      expect(verdict({ [name]: wrong })).toBe("bad_claims");
    }
    expect(verdict({ [name]: [] })).toBe("accepted");
  });

  test("R050 claims that are inherited are not there", () => {
    const claims = JSON.stringify(claimsWith());
    const text = `{"__proto__":${claims}}`;
    expect(outcome(kernel.verify(mintRaw(key, JSON.stringify(headerWith(key)), text)))).toBe("bad_claims");
  });

  test.each(["[]", "null", "1", '"text"', "", "{"])("a payload that is no object is refused: %s", (text) => {
    const token = mintRaw(key, JSON.stringify(headerWith(key)), text);
    expect(outcome(kernel.verify(token))).toBe(text === "" ? "malformed" : "bad_claims");
  });

  test("what it says is told in our words, instants in milliseconds, and nobody can change it", () => {
    const claims = claimsWith({ roles: ["admin", "user"], tenant_id: "t1" });
    const verified = kernel.verify(mint(key, claims));
    if (!verified.ok) throw new Error(verified.reason);
    expect(verified.auth).toEqual({
      sub: claims["sub"],
      sid: claims["sid"],
      roles: ["admin", "user"],
      clientId: "first-party",
      authTime: (MINTED_AT - 60) * 1000,
      amr: ["pwd"],
      via: "access_token",
      kid: key.kid,
      claimsVersion: 3,
      jti: claims["jti"],
      expiresAt: (MINTED_AT + 600) * 1000,
      claims,
    });
    const { auth } = verified;
    for (const part of [verified, auth, auth.roles, auth.amr, auth.claims]) expect(Object.isFrozen(part)).toBe(true);
    expect(() => (auth.roles as string[]).push("admin")).toThrow(TypeError);
  });
});

describe("issuer", () => {
  test.each([
    `${ISSUER}/`,
    ISSUER.slice(0, -1),
    `${ISSUER}x`,
    ISSUER.toUpperCase(),
    ISSUER.replace("https", "http"),
    ISSUER.replace("app.", "app%2e"),
    "https://app.example.com:443/auth",
    " ",
  ])("R049 %j is another issuer", (iss) => expect(verdict({ iss })).toBe("wrong_issuer"));

  test("R049 its tokens are under its keys: another tenant's key is unknown", () => {
    const other = generateSigningKey("ES256", "tenant-2");
    expect(outcome(kernel.verify(mint(other)))).toBe("unknown_key");
    expect(outcome(kernel.verify(mint(generateSigningKey("ES256", key.kid))))).toBe("bad_signature");
  });

  test("the check is refused by null alone", () => {
    const { kernel: any } = setUp({ issuer: null }, key);
    expect(outcome(any.verify(mint(key, { iss: "https://anywhere.example" })))).toBe("accepted");
    expect(outcome(any.verify(mint(key, { iss: undefined })))).toBe("bad_claims");
  });
});

describe("audience", () => {
  test.each([
    [AUDIENCE, "accepted"],
    [[AUDIENCE], "accepted"],
    [["https://other.example", AUDIENCE], "accepted"],
    [["https://other.example"], "wrong_audience"],
    ["https://other.example", "wrong_audience"],
    [`${AUDIENCE}/`, "wrong_audience"],
    [AUDIENCE.slice(0, -1), "wrong_audience"],
    [AUDIENCE.toUpperCase(), "wrong_audience"],
    [`${AUDIENCE} https://other.example`, "wrong_audience"],
    ["*", "wrong_audience"],
    [[], "bad_claims"],
    ["", "bad_claims"],
    [[AUDIENCE, 1], "bad_claims"],
    [[[AUDIENCE]], "bad_claims"],
    [{ 0: AUDIENCE }, "bad_claims"],
    [true, "bad_claims"],
  ])("R047 %j is %s", (aud, expected) => expect(verdict({ aud })).toBe(expected));

  test("R047 one of several is enough; null refuses the check", () => {
    const { kernel: two } = setUp({ audience: [AUDIENCE, "urn:b"] }, key);
    expect(outcome(two.verify(mint(key, { aud: "urn:b" })))).toBe("accepted");
    expect(outcome(two.verify(mint(key, { aud: "urn:c" })))).toBe("wrong_audience");
    const { kernel: any } = setUp({ audience: null }, key);
    expect(outcome(any.verify(mint(key, { aud: "urn:c" })))).toBe("accepted");
    expect(outcome(any.verify(mint(key, { aud: undefined })))).toBe("bad_claims");
  });

  test("R048 under one key, a token for one service is refused by another", () => {
    const { kernel: a } = setUp({ audience: "urn:a" }, key);
    const { kernel: b } = setUp({ audience: "urn:b" }, key);
    const token = mint(key, { aud: "urn:a" });
    expect([outcome(a.verify(token)), outcome(b.verify(token))]).toEqual(["accepted", "wrong_audience"]);
  });
});

describe("time", () => {
  const { kernel: timed, clock: hand } = setUp({}, key);
  const at = (seconds: number, claims: Readonly<Record<string, unknown>>) => {
    hand.set(seconds);
    const token = mint(key, claims);
    const first = outcome(timed.verify(token));
    // From memory, if it got there.
    expect(outcome(timed.verify(token))).toBe(first);
    return first;
  };

  test.each([
    [MINTED_AT + 600, "accepted"],
    [MINTED_AT + 604.999, "accepted"],
    [MINTED_AT + 605, "expired"],
    [MINTED_AT + 86_400, "expired"],
    [MINTED_AT, "accepted"],
    [MINTED_AT - 5, "accepted"],
    [MINTED_AT - 5.001, "not_yet_valid"],
  ])("R045 at %d a token of ten minutes is %s", (now, expected) => expect(at(now, {})).toBe(expected));

  test.each([
    [MINTED_AT + 100, "accepted"],
    [MINTED_AT + 95, "accepted"],
    [MINTED_AT + 94.999, "not_yet_valid"],
  ])("R045 nbf is kept: at %d, %s", (now, expected) => expect(at(now, { nbf: MINTED_AT + 100 })).toBe(expected));

  test.each([
    [1, "accepted"],
    [900, "accepted"],
    [901, "lifetime_too_long"],
    [10 ** 9, "lifetime_too_long"],
    [0, "bad_claims"],
    [-1, "bad_claims"],
  ])("R045 a life of %d seconds: %s", (seconds, expected) => {
    expect(at(MINTED_AT, { exp: MINTED_AT + seconds })).toBe(expected);
  });

  test("a clock that gives no number finds nothing valid", () => {
    expect(at(Number.NaN, {})).toBe("expired");
  });

  test("the clock of the other tests was not moved", () => expect(clock.now()).toBe((MINTED_AT + 1) * 1000));
});
