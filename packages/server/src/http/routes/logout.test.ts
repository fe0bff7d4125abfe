import { expect, test } from "vitest";
import { createCounterfoil } from "../../index.ts";
import { bearer, cookieOf, json, login, request, testOptions } from "../../../test/options.ts";

const BROWSER = { "Sec-Fetch-Site": "same-origin" };

test.each(["/logout", "/logout/all"])("%s with an Authorization does not clear the cookie beside it", async (path) => {
  await using cf = createCounterfoil(testOptions());
  const answer = await cf.fetch(login("kavya", {}, BROWSER));
  const Cookie = cookieOf(answer);
  const other = await json(await cf.fetch(login("arjun")));
  const own = await json(answer);
  const tokens = ["cfr_garbage", other["refresh_token"], own["access_token"]];
  for (const token of tokens) {
    const logout = await cf.fetch(request("POST", path, { ...BROWSER, Cookie, ...bearer(token) }));
    expect(logout.headers.has("set-cookie")).toBe(false);
    expect(logout.headers.has("clear-site-data")).toBe(false);
  }
});

test("a logout by the cookie, by one that cannot be read, and without a credential clears it", async () => {
  await using cf = createCounterfoil(testOptions());
  const Cookie = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
  for (const carried of [{ Cookie }, { Cookie }, { Cookie: "__Host-session_id=x" }, {}]) {
    const logout = await cf.fetch(request("POST", "/logout", { ...BROWSER, ...carried }));
    expect([logout.status, logout.headers.get("set-cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
  }
});

test.each(["/refresh", "/logout/all", "/me"])("%s without a credential is challenged (RFC 6750 §3)", async (path) => {
  await using cf = createCounterfoil(testOptions());
  const answer = await cf.fetch(request(path === "/me" ? "GET" : "POST", path, BROWSER));
  expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  expect(await json(answer)).toMatchObject({ code: "not_authenticated" });
});
