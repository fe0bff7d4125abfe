import { expect, test } from "vitest";
import { JSON_TYPE, SECURITY_HEADERS, STRICT_TRANSPORT_SECURITY } from "./security-headers.ts";

test("R071 R100 R101 an answer is not stored, not sniffed, not embedded, not rendered, and sends no referrer", () => {
  expect(SECURITY_HEADERS).toEqual({
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
  });
});

test("R156 no answer says which server or version it comes from, nor speaks for the whole host", () => {
  const names = Object.keys(SECURITY_HEADERS).map((name) => name.toLowerCase());
  for (const name of ["server", "x-powered-by", "strict-transport-security", "clear-site-data"]) {
    expect(names).not.toContain(name);
  }
});

test("they are headers as they stand", () => {
  expect([...new Headers(SECURITY_HEADERS)]).toHaveLength(Object.keys(SECURITY_HEADERS).length);
});

test("R100 JSON is sent with its charset", () => {
  expect(JSON_TYPE).toBe("application/json; charset=utf-8");
});

test("R098 the policy of `serve` holds for a year and for subdomains", () => {
  expect(STRICT_TRANSPORT_SECURITY).toBe("max-age=31536000; includeSubDomains");
});
