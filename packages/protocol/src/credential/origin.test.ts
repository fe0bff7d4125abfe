import { describe, expect, test } from "vitest";
import { checkOrigin } from "./origin.ts";

const OWN = "https://app.example.com";
const LISTED = "http://localhost:5173";
const COOKIE = "__Host-session_id=abc";

function check(headers: Record<string, string>, method = "POST", listed: readonly string[] = [LISTED]) {
  const result = checkOrigin({
    method,
    headers: new Headers(headers),
    ownOrigin: OWN,
    allowedOrigins: new Set(listed),
    cookieName: "__Host-session_id",
  });
  return result.ok ? "ok" : result.reason;
}

/** Every header that a row does not name is absent. */
function headersOf(site: string | null, origin: string | null, cookie: string | null) {
  return {
    ...(site === null ? undefined : { "sec-fetch-site": site }),
    ...(origin === null ? undefined : { origin }),
    ...(cookie === null ? undefined : { cookie }),
    // The Host header is the sender's to choose, and proxies pass it on.
    host: "evil.example",
    "x-forwarded-host": "evil.example",
  };
}

describe("R090 R093 R095 the whole table, for each unsafe method", () => {
  const sites = [null, "same-origin", "none", "same-site", "cross-site", "odd"];
  const origins = [
    null,
    OWN,
    LISTED,
    "null",
    "https://evil.example",
    "https://sub.app.example.com",
    "https://app.example.com.evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://APP.example.com",
    "https://app.example.com/",
    `${OWN}, ${OWN}`,
    "",
  ];
  const rows = sites.flatMap((site) => origins.map((origin) => ({ site, origin })));

  test.each(rows)("Sec-Fetch-Site $site, Origin $origin", ({ site, origin }) => {
    const trusted = site === "same-origin" || site === "none";
    const foreign = site === "same-site" || site === "cross-site";
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "TRACE", "get", "FOO"]) {
      for (const cookie of [null, "other=1", COOKIE]) {
        let expected: string;
        if (origin === LISTED || trusted) expected = "ok";
        else if (foreign) expected = "cross_site";
        else if (origin === OWN) expected = "ok";
        else if (origin !== null) expected = "cross_site";
        else expected = cookie === COOKIE ? "no_origin" : "ok";
        expect(check(headersOf(site, origin, cookie), method)).toBe(expected);
      }
    }
  });
});

test("R092 safe methods pass from anywhere, since their routes change nothing", () => {
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    expect(check({ "sec-fetch-site": "cross-site", origin: "https://evil.example", cookie: COOKIE }, method)).toBe(
      "ok",
    );
  }
});

test("R147 a WebSocket's upgrade is a GET that any page may send, and is guarded like a change", () => {
  for (const upgrade of ["websocket", "WebSocket"]) {
    const from = (headers: Record<string, string>) => check({ upgrade, cookie: COOKIE, ...headers }, "GET");
    expect(from({ origin: "https://evil.example" })).toBe("cross_site");
    expect(from({ "sec-fetch-site": "cross-site", origin: OWN })).toBe("cross_site");
    expect(from({})).toBe("no_origin");
    expect([from({ origin: OWN }), from({ origin: LISTED })]).toEqual(["ok", "ok"]);
  }
  expect(check({ upgrade: "h2c", origin: "https://evil.example", cookie: COOKIE }, "GET")).toBe("ok");
});

test.each(["Same-Origin", "same-origin, cross-site", "same-origin ;x", "none;", "", "*", "cross"])(
  "R093 the value %j, which no browser sends, is as good as none",
  (site) => {
    expect(check({ "sec-fetch-site": site, origin: "https://evil.example" })).toBe("cross_site");
    expect(check({ "sec-fetch-site": site, origin: OWN, cookie: COOKIE })).toBe("ok");
    expect(check({ "sec-fetch-site": site, cookie: COOKIE })).toBe("no_origin");
  },
);

test("R096 the origin null does not pass even if somebody listed it", () => {
  expect(check({ origin: "null" }, "POST", ["null"])).toBe("cross_site");
  expect(check({ "sec-fetch-site": "cross-site", origin: "null" }, "POST", ["null"])).toBe("cross_site");
});

test("R090 with the session cookie twice, malformed or too large, neither header is refused as with the cookie", () => {
  expect(check({ cookie: `${COOKIE}; ${COOKIE}` })).toBe("no_origin");
  expect(check({ cookie: "__Host-session_id=a b" })).toBe("no_origin");
  expect(check({ cookie: `a=${"x".repeat(20_000)}` })).toBe("no_origin");
});

test("curl and other clients without the session cookie need neither header", () => {
  expect(check({})).toBe("ok");
  expect(check({ authorization: "Bearer abc", "sec-fetch-mode": "cors" })).toBe("ok");
});

test("R090 the sentences say what to send and where to list, and repeat nothing of the request", () => {
  const base = { method: "POST", ownOrigin: OWN, allowedOrigins: new Set<string>(), cookieName: "__Host-session_id" };
  expect(checkOrigin({ ...base, headers: new Headers({ cookie: COOKIE }) })).toMatchObject({
    sentence: expect.stringContaining(`Origin: ${OWN}`) as string,
  });
  const crossSite = checkOrigin({ ...base, headers: new Headers({ origin: "https://evil.example" }) });
  expect(crossSite).toMatchObject({ sentence: expect.stringContaining("COUNTERFOIL_ALLOWED_ORIGINS") as string });
  expect(JSON.stringify(crossSite)).not.toContain("evil");
});
