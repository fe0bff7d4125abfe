import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clearedCookie, serializeCookie } from "./cookie.ts";

const SEED = 20_261_123;
const GENUINE = "cfs_AQIDBAUGBwgJCgsMDQ4PEAAAAABhYmNkZWZnaGlqa2xtbm9w";

/** What is written of a cookie, or the class of what is thrown. */
function written(name: string, value: string): unknown {
  try {
    return serializeCookie({ name, value, secure: true });
  } catch (error) {
    return (error as Error).constructor;
  }
}

describe("writing", () => {
  const secure = { name: "__Host-session_id", value: GENUINE, secure: true } as const;

  test("R079 R080 R081 R082 the session cookie is HttpOnly, Secure, SameSite=Lax, for this host, and ends with the browser", () => {
    expect(serializeCookie(secure)).toBe(`__Host-session_id=${GENUINE}; Path=/; Secure; HttpOnly; SameSite=Lax`);
    expect(serializeCookie({ ...secure, maxAgeSeconds: 60 })).toBe(
      `__Host-session_id=${GENUINE}; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax`,
    );
    expect(serializeCookie({ name: "session_id", value: "v", secure: false })).toBe(
      "session_id=v; Path=/; HttpOnly; SameSite=Lax",
    );
    expect(serializeCookie({ name: "__Secure-session_id", value: "v", secure: true, domain: "example.com" })).toBe(
      "__Secure-session_id=v; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax",
    );
  });

  test("R087 a cookie is cleared under the attributes that set it", () => {
    expect(clearedCookie({ name: "__Host-session_id", secure: true })).toBe(
      "__Host-session_id=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
    );
    expect(clearedCookie({ name: "__Secure-session_id", secure: true, domain: "example.com" })).toBe(
      "__Secure-session_id=; Path=/; Domain=example.com; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
    );
    expect(clearedCookie({ name: "session_id", secure: false, domain: null })).toBe(
      "session_id=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
    );
  });

  test.each([
    { ...secure, secure: false },
    { ...secure, domain: "example.com" },
    { ...secure, name: "__host-session_id", domain: "example.com" },
    { ...secure, name: "__Secure-session_id", secure: false },
  ])("R080 a cookie that breaks its prefix's promise is a TypeError: %o", (cookie) => {
    expect(() => serializeCookie(cookie)).toThrow(TypeError);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a Max-Age of %d is a TypeError", (maxAgeSeconds) => {
    expect(() => serializeCookie({ ...secure, maxAgeSeconds })).toThrow(TypeError);
  });

  test.each(["", ".", "a;b", "a b", "a\r\nb", "-a", "a-", "Example.com", "a,b", "a=b", "exämple.com"])(
    "the domain %j is a TypeError",
    (domain) => {
      expect(() => serializeCookie({ name: "__Secure-session_id", value: "v", secure: true, domain })).toThrow(
        TypeError,
      );
    },
  );

  test("R083 a cookie of more than 4096 bytes is a TypeError, for a browser would drop it", () => {
    const value = "x".repeat(4096 - secure.name.length);
    expect(serializeCookie({ ...secure, value })).toContain(value);
    expect(() => serializeCookie({ ...secure, value: `${value}x` })).toThrow(TypeError);
  });

  test("R086 over all byte values: a name is a token, a value cookie-octets, and anything else a TypeError", () => {
    const rest = "; Path=/; Secure; HttpOnly; SameSite=Lax";
    for (let code = 0; code < 512; code++) {
      const character = String.fromCharCode(code);
      const isGraphic = code > 0x20 && code < 0x7f;
      const inName = isGraphic && !'()<>@,;:\\"/[]?={}'.includes(character);
      const inValue = isGraphic && !'",;\\'.includes(character);
      for (const text of [character, `a${character}`, `${character}a`, `a${character}a`]) {
        expect(written(text, "v")).toBe(inName ? `${text}=v${rest}` : TypeError);
        expect(written("n", text)).toBe(inValue ? `n=${text}${rest}` : TypeError);
      }
    }
    expect(written("", "v")).toBe(TypeError);
    expect(written("n", "")).toBe(`n=${rest}`);
  });

  test("R086 whatever is written reads as the same one cookie with the same four attributes", () => {
    let accepted = 0;
    const text = fc.string({
      unit: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom("a", "Z", "0", "-", "=", "_") },
        fc.string({ unit: "binary", maxLength: 1 }),
      ),
      maxLength: 6,
    });
    fc.assert(
      fc.property(text, text, (name, value) => {
        const cookie = written(name, value);
        if (cookie === TypeError) return true;
        accepted++;
        const sent = new Headers({ "set-cookie": cookie as string }).getSetCookie();
        return (
          sent.length === 1 &&
          sent[0]!.split("; ").join("\n") === `${name}=${value}\nPath=/\nSecure\nHttpOnly\nSameSite=Lax`
        );
      }),
      { seed: SEED, numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });
});
