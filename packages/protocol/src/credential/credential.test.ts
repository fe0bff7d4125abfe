import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCredential } from "./credential.ts";
import type { Credential } from "./credential.ts";

const SEED = 20_261_123;
const NAME = "__Host-session_id";
const ADDRESS = "https://app.example.com/auth/me";

function read(headers: Record<string, string>, url = ADDRESS): Credential {
  return readCredential({ url, headers: { get: (name) => headers[name] ?? null } }, NAME);
}

describe("Authorization", () => {
  test.each([
    ["Bearer abc", "abc"],
    ["bearer abc", "abc"],
    ["BEARER   abc", "abc"],
    ["Bearer a.b-c_d~e+f/g==", "a.b-c_d~e+f/g=="],
  ])("%s carries %s", (authorization, token) => {
    expect(read({ authorization })).toEqual({ kind: "bearer", token });
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    "Bearer a b",
    "Bearer\tabc",
    " Bearer abc",
    "Bearer abc ",
    'Bearer "abc"',
    "Bearer a=b",
    "Bearer =",
    "Bearer token=abc",
    "Bearerabc",
    "Bearer: abc",
    "Bearer é",
    "Bearer abc\u0000",
    "Bearer abc\n",
    "Basic a2F2eWE6cGFzc3dvcmQxMjM=",
    "DPoP abc",
    "Digest x",
    "abc",
    `Bearer ${"a".repeat(16 * 1024)}`,
  ])("R060 %j is malformed, which is invalid_request", (authorization) => {
    const credential = read({ authorization });
    expect(credential).toMatchObject({ kind: "malformed", code: "invalid_request" });
    // And the cookie does not step in.
    expect(read({ authorization, cookie: `${NAME}=abc` })).toEqual(credential);
  });

  test.each(["Bearer one, Bearer two", "Bearer one, Bearer one", "Bearer one,", ",", "Basic eA==, Bearer one"])(
    "R146 %j was two headers, and is ambiguous",
    (authorization) => {
      expect(read({ authorization })).toMatchObject({ kind: "ambiguous", code: "ambiguous_credentials" });
    },
  );

  test("R146 the header that arrives twice is ambiguous", () => {
    const headers = new Headers([
      ["authorization", "Bearer one"],
      ["authorization", "Bearer two"],
    ]);
    expect(readCredential({ url: ADDRESS, headers }, NAME).kind).toBe("ambiguous");
  });

  test("R018 where it is present the cookie is not read, not even an ambiguous one", () => {
    const authorization = "Bearer abc";
    expect(read({ authorization, cookie: `${NAME}=def` })).toEqual({ kind: "bearer", token: "abc" });
    expect(read({ authorization, cookie: `${NAME}=d; ${NAME}=e` })).toEqual({ kind: "bearer", token: "abc" });
  });

  test("R018 a refusal never repeats the token", () => {
    for (const authorization of ["Bearer s3cret s3cret", "Bearer s3cret, Bearer s3cret", "s3cret"]) {
      expect(JSON.stringify(read({ authorization }))).not.toContain("s3cret");
    }
  });

  test("R162 of 100,000 odd headers none throws, and only a strict one carries a token", () => {
    const unit = fc.constantFrom(
      "Bearer",
      "bearer",
      "Basic",
      " ",
      "  ",
      "\t",
      ",",
      "=",
      ".",
      "a",
      "eyJ0",
      "é",
      "\u0000",
      '"',
      "\r\n",
    );
    const text = fc.oneof(
      fc.array(unit, { maxLength: 6 }).map((units) => units.join("")),
      fc.string({ unit: "binary", maxLength: 12 }),
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(text, (authorization) => {
        const credential = read({ authorization, cookie: `${NAME}=abc` });
        seen.add(credential.kind);
        if (credential.kind !== "bearer") return credential.kind === "ambiguous" || credential.kind === "malformed";
        // Said in another way than the code does.
        const [scheme, ...rest] = authorization.split(/ +/);
        return (
          scheme?.toLowerCase() === "bearer" &&
          rest.length === 1 &&
          rest[0] === credential.token &&
          /^[\w.~+/-]+=*$/.test(credential.token)
        );
      }),
      { seed: SEED, numRuns: 100_000 },
    );
    expect([...seen].toSorted()).toEqual(["ambiguous", "bearer", "malformed"]);
  }, 60_000);

  test("R149 no header of 50 KB takes long to read", () => {
    for (const unit of ["Bearer ", "a", "=", " ", "a=", "Bearer a=", "."]) {
      for (const size of [16 * 1024, 50 * 1024]) {
        const authorization = `Bearer ${unit.repeat(size)}`.slice(0, size);
        const started = performance.now();
        read({ authorization });
        read({ authorization: `${authorization}!` });
        expect(performance.now() - started).toBeLessThan(50);
      }
    }
  });
});

describe("the cookie", () => {
  test("it is the credential where no Authorization is", () => {
    expect(read({ cookie: `a=1; ${NAME}=abc` })).toEqual({ kind: "cookie", token: "abc" });
  });

  test("R088 without either there is none", () => {
    expect(read({})).toEqual({ kind: "none" });
    expect(read({ cookie: "a=1" })).toEqual({ kind: "none" });
    expect(read({ cookie: `${NAME}=` })).toEqual({ kind: "none" });
  });

  test("R085 two of it are ambiguous_credentials", () => {
    expect(read({ cookie: `${NAME}=a; ${NAME}=b` })).toMatchObject({
      kind: "ambiguous",
      code: "ambiguous_credentials",
    });
  });

  test("R032 one that no server of ours has set is invalid_session, so that a new sign-in helps", () => {
    expect(read({ cookie: `${NAME}='; DROP TABLE` })).toMatchObject({ kind: "malformed", code: "invalid_session" });
    expect(read({ cookie: `${NAME}=${"x".repeat(1_000_000)}` })).toMatchObject({ code: "invalid_session" });
  });
});

describe("the address", () => {
  test.each([
    "access_token=abc",
    "refresh_token=abc",
    "Access_Token=abc",
    "a=1&token=abc",
    "access%5Ftoken=abc",
    "access_token",
    "session_id=abc",
    `${NAME}=abc`,
    "x=cfr_abc",
    "x=cfs_abc",
    "x=%63fr_abc",
  ])("R018 a token in %s is refused, alone and beside a good one", (query) => {
    for (const headers of [{}, { authorization: "Bearer abc" }, { cookie: `${NAME}=abc` }]) {
      const credential = read(headers, `${ADDRESS}?${query}`);
      expect(credential).toMatchObject({ kind: "malformed", code: "invalid_request" });
      expect(JSON.stringify(credential)).not.toContain("abc");
    }
  });

  test.each(["since=12.34", "tokens=5", "q=access_token", "", "a=b?token", "__proto__=1"])(
    "%j holds no token",
    (query) => {
      expect(read({}, `${ADDRESS}?${query}`)).toEqual({ kind: "none" });
    },
  );

  test("what follows # is not the query, and other headers are not read", () => {
    expect(read({}, `${ADDRESS}?a=1#token=abc`)).toEqual({ kind: "none" });
    expect(read({ "x-access-token": "abc", "x-auth-token": "abc" })).toEqual({ kind: "none" });
  });

  test("any address at all gives an answer", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(["none", "malformed"]).toContain(read({}, `${ADDRESS}?${text}`).kind);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});
