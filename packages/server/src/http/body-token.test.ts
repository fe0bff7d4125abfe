import { describe, expect, test } from "vitest";
import { readCredential } from "@counterfoil/protocol";
import type { Credential } from "@counterfoil/protocol";
import { withBodyToken } from "./body-token.ts";

const NAME = "__Host-session_id";
const ADDRESS = "https://app.example.com/auth/me";

function read(headers: Record<string, string>, url = ADDRESS): Credential {
  return readCredential({ url, headers: { get: (name) => headers[name] ?? null } }, NAME);
}

describe("the body", () => {
  const none = { kind: "none" } as const;

  test("without a token in it the request's credential stands", () => {
    for (const credential of [none, { kind: "bearer", token: "a" }, { kind: "cookie", token: "b" }] as const) {
      expect(withBodyToken(credential, undefined)).toBe(credential);
    }
  });

  test("alone, the token in it is the bearer's", () => {
    expect(withBodyToken(none, "cfr_abc")).toEqual({ kind: "bearer", token: "cfr_abc" });
  });

  test("R018 a token in two places is refused, even if both are the same", () => {
    for (const credential of [
      { kind: "bearer", token: "a" },
      { kind: "cookie", token: "a" },
    ] as const) {
      expect(withBodyToken(credential, "a")).toMatchObject({ kind: "ambiguous", code: "ambiguous_credentials" });
      expect(withBodyToken(credential, null)).toMatchObject({ kind: "ambiguous" });
    }
  });

  test("what was refused before stays refused for its own reason", () => {
    const malformed = read({ authorization: "Basic x" });
    const ambiguous = read({ authorization: "Bearer a, Bearer b" });
    expect(withBodyToken(malformed, "abc")).toBe(malformed);
    expect(withBodyToken(ambiguous, "abc")).toBe(ambiguous);
  });

  test.each([null, 1, true, [], {}, ["abc"], "", "a b", "a,b", 'a"b', "é", "abc\n", "x".repeat(16 * 1024 + 1)])(
    "R150 %j is no token",
    (value) => {
      expect(withBodyToken(none, value)).toMatchObject({ kind: "malformed", code: "invalid_request" });
    },
  );
});
