import { ConfigurationError } from "@counterfoil/core";
import { describe, expect, test } from "vitest";
import { testOptions } from "../../test/options.ts";
import { checkOptions } from "../config/settings.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";

const LISTED = new Set(["https://app.example.com", "http://localhost:5173", "capacitor://localhost"]);
const REFUSED = [
  "https://evil.example",
  "https://app.example.com.evil.example",
  "https://evilapp.example.com",
  "https://sub.app.example.com",
  "http://app.example.com",
  "https://app.example.com:8443",
  "https://app.example.com/",
  "https://APP.example.com",
  "https://app.example.com, https://evil.example",
  "null",
  "*",
  "",
];

function preflight(origin: string | null, listed: ReadonlySet<string> = LISTED, more: Record<string, string> = {}) {
  const headers = new Headers({ "access-control-request-method": "POST", ...more });
  if (origin !== null) headers.set("origin", origin);
  return answerPreflight({ method: "OPTIONS", headers }, listed);
}

describe("answers", () => {
  test.each([...LISTED])("R096 %s is listed: it is named, with credentials, and may read what it needs", (origin) => {
    expect(corsHeaders(new Headers({ origin }), LISTED)).toEqual({
      Vary: "Origin",
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Credentials": "true",
      "Access-Control-Expose-Headers": "Request-Id, Retry-After, WWW-Authenticate, Date",
    });
  });

  test.each(REFUSED)("R096 %j is not listed: it gets Vary and nothing else", (origin) => {
    expect(corsHeaders(new Headers({ origin }), LISTED)).toEqual({ Vary: "Origin" });
  });

  test("R093 Vary is there without an Origin too, or a cache would mix the answers up", () => {
    expect(corsHeaders(new Headers(), LISTED)).toEqual({ Vary: "Origin" });
  });

  test("R096 null and * are refused even if they are listed", () => {
    for (const origin of ["null", "*"]) {
      expect(corsHeaders(new Headers({ origin }), new Set([origin]))).toEqual({ Vary: "Origin" });
      expect(preflight(origin, new Set([origin])).kind).toBe("refused");
    }
  });
});

describe("preflights", () => {
  const vary = { Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" };

  test("R096 a listed origin is told the methods and headers, each by name", () => {
    expect(preflight("http://localhost:5173", LISTED, { "access-control-request-headers": "x-evil" })).toEqual({
      kind: "allowed",
      headers: {
        ...vary,
        "Access-Control-Allow-Origin": "http://localhost:5173",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET, POST, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
        "Access-Control-Max-Age": "600",
      },
    });
  });

  test.each(REFUSED)("R096 %j is refused with a sentence that names the setting", (origin) => {
    expect(preflight(origin)).toEqual({
      kind: "refused",
      headers: vary,
      sentence: expect.stringContaining("COUNTERFOIL_ALLOWED_ORIGINS") as string,
    });
  });

  test("what asks nothing is no preflight", () => {
    const headers = new Headers({ origin: "http://localhost:5173" });
    expect(preflight(null)).toEqual({ kind: "none" });
    expect(answerPreflight({ method: "OPTIONS", headers }, LISTED)).toEqual({ kind: "none" });
    headers.set("access-control-request-method", "POST");
    expect(answerPreflight({ method: "POST", headers }, LISTED)).toEqual({ kind: "none" });
  });
});

describe("the list", () => {
  test("R096 it has the origins that it names, of web pages and of shells", () => {
    const allowedOrigins = [
      "https://app.example.com",
      "http://localhost:5173",
      "http://[::1]:4000",
      "capacitor://localhost",
      "app://-",
    ];
    expect([...checkOptions(testOptions({ allowedOrigins })).allowedOrigins]).toEqual(allowedOrigins);
  });

  test.each([
    "",
    "https://app.example.com,https://admin.example.com",
    "*",
    "https://*.example.com",
    "null",
    "app.example.com",
    "https://app.example.com/",
    "https://app.example.com/auth",
    "https://app.example.com:443",
    "http://localhost:80",
    "https://APP.example.com",
    "HTTPS://app.example.com",
    "https://user@app.example.com",
    "https://app.example.com?x",
    "https://app.example.com:99999",
    "https://bücher.example",
    "https://a b",
    "https://",
    "file://",
  ])("R096 %j stops the start with the setting and the accepted form", (origin) => {
    for (const name of ["allowedOrigins", "bearerOrigins"] as const) {
      const options = testOptions({ [name]: ["https://fine.example.com", origin] });
      expect(() => checkOptions(options)).toThrow(ConfigurationError);
      expect(() => checkOptions(options)).toThrow(new RegExp(`^${name} .* such as https://app\\.example\\.com `));
    }
  });
});
