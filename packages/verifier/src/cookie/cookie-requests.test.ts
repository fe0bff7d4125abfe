import { describe, expect, test } from "vitest";
import { createCookieRequests } from "./cookie-requests.ts";

const OWN = "https://app.example.com";
const LISTED = "https://admin.example.com";
const REFUSED = { ok: false, code: "csrf_refused", status: 403 };

const requests = createCookieRequests(
  { issuer: `${OWN}/auth`, sessionCookie: "domain", allowedOrigins: [LISTED] },
  () => ACCEPTED,
);
const ACCEPTED = {
  ok: true,
  auth: {
    sub: "usr_a",
    sid: "ses_a",
    roles: [],
    authTime: 0,
    amr: [],
    claimsVersion: 1,
    expiresAt: 9e12,
    via: "cookie",
    claims: null,
  },
} as const;

function post(headers: Readonly<Record<string, string>>) {
  return requests.verifyRequest({
    method: "POST",
    headers: new Headers({ Cookie: `${requests.cookieName}=cfs_a`, ...headers }),
  });
}

describe("R090 a service on another port or host than the issuer", () => {
  test.each([OWN, LISTED])(
    "takes requests of the pages of %s, which its browser calls same-site or cross-site",
    (page) => {
      for (const site of ["same-site", "cross-site"]) {
        expect(post({ Origin: page, "Sec-Fetch-Site": site })).toBe(ACCEPTED);
      }
    },
  );

  test.each([
    "null",
    "https://evil.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://APP.example.com",
    `${OWN}/`,
    `${OWN}, ${OWN}`,
  ])("refuses those of %s, and names the option that lists a page", (page) => {
    for (const site of ["same-site", "cross-site"]) {
      const seen = post({ Origin: page, "Sec-Fetch-Site": site });
      expect(seen).toMatchObject(REFUSED);
      expect(seen).toHaveProperty("body.error", expect.stringContaining("the option allowedOrigins of this service's"));
      expect(JSON.stringify(seen)).not.toContain("COUNTERFOIL_");
    }
  });

  test("refuses those without an origin", () => {
    expect(post({ "Sec-Fetch-Site": "same-site" })).toMatchObject(REFUSED);
    expect(post({})).toHaveProperty("body.error", expect.stringContaining(`Origin: ${OWN}`));
  });
});
