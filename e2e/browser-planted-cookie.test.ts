import type { Cookie, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askFrom } from "./support/page-request.ts";
import { ARJUN, KAVYA } from "./support/sign-in.ts";
import type { Site } from "./support/site.ts";
import { startSite } from "./support/site.ts";

let browser: RunningBrowser;
let site: Site;

beforeAll(async () => {
  browser = await launchBrowser();
  site = await startSite(browser);
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

const NAME = "__Host-session_id";
const PARENT = "Domain=example.test";

/** The session cookie of a fresh profile that has signed in. */
async function signInElsewhere(user: object, at = site): Promise<Cookie> {
  const context = await at.context();
  expect((await askFrom(await at.page(context), "POST", "/auth/login", user)).status).toBe(200);
  const [cookie] = await context.cookies();
  await context.close();
  return cookie!;
}

/** Has an origin set cookies, as a host does that an attacker holds; comes back to the application. */
async function plant(page: Page, origin: string, cookies: readonly string[], at = site): Promise<void> {
  const address = `${origin}/plant`;
  const headers = cookies.flatMap((cookie) => ["Set-Cookie", cookie]);
  at.put(address, (_, outgoing) => outgoing.writeHead(200, headers).end());
  await page.goto(address);
  await page.goto(at.origin);
}

/** Who the server takes the page's visitor for; the code of the refusal, where it takes the visitor for nobody. */
async function whoIs(page: Page): Promise<unknown> {
  const { status, body } = await askFrom(page, "GET", "/auth/me");
  return status === 200 ? (body["user"] as { username: string }).username : body["code"];
}

/** From a sibling, each a way to hand a session to the application's pages; and what comes of it for who is signed in. */
const TOSSED: readonly (readonly [string, (token: string) => string, after: string])[] = [
  ["the same name for the whole domain", (token) => `${NAME}=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["the same name without the flags", (token) => `${NAME}=${token}; ${PARENT}`, "kavya"],
  ["lower case", (token) => `__host-session_id=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["upper case", (token) => `__HOST-SESSION_ID=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["a nameless cookie that reads like it", (token) => `=${NAME}=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["a nameless cookie in another case", (token) => `=__HOST-session_id=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["a nameless cookie of the bare name", () => `${NAME}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["a space before the name", (token) => ` ${NAME}=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  // Chromium keeps this one, and a parser that trims would take it for ours: both are refused, and neither is taken.
  ["a no-break space before", (token) => `\u00a0${NAME}=${token}; Secure; ${PARENT}`, "ambiguous_credentials"],
  ["a bracket behind the name", (token) => `${NAME}[0]=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["the other prefix", (token) => `__Secure-session_id=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["no prefix", (token) => `session_id=${token}; Secure; Path=/; ${PARENT}`, "kavya"],
  ["a deeper path", (token) => `${NAME}=${token}; Secure; Path=/auth/me; ${PARENT}`, "kavya"],
  ["a deeper path, no prefix", (token) => `session_id=${token}; Secure; Path=/auth; ${PARENT}`, "kavya"],
];

test("R080 no cookie that a sibling plants puts a visitor into another's session, signed in or not", async () => {
  const { value: token } = await signInElsewhere(ARJUN);
  const context = await site.context();
  const page = await site.page(context);
  const seen: unknown[] = [];
  for (const [title, cookie] of TOSSED) {
    await context.clearCookies();
    await plant(page, site.siblingOrigin, [cookie(token)]);
    const before = await whoIs(page);
    const { status } = await askFrom(page, "POST", "/auth/login", KAVYA);
    seen.push([title, before, status, await whoIs(page)]);
  }
  expect(seen).toEqual(TOSSED.map(([title, , after]) => [title, "not_authenticated", 200, after]));
});

test("R080 a sibling that fills the domain with cookies may sign a visitor out, and never in as somebody else", async () => {
  const { value: token } = await signInElsewhere(ARJUN);
  const context = await site.context();
  const page = await site.page(context);
  expect((await askFrom(page, "POST", "/auth/login", KAVYA)).status).toBe(200);
  const many = Array.from({ length: 200 }, (_, index) => `c${index}=x; Secure; Path=/; ${PARENT}`);
  const tossed = TOSSED.map(([, cookie]) => cookie(token)).filter((cookie) => !cookie.startsWith("\u00a0"));
  await plant(page, site.siblingOrigin, [...many, ...tossed]);
  const cookies = await context.cookies(site.origin);
  expect(cookies.length).toBeGreaterThan(100);
  const isThere = cookies.some(({ name, domain }) => name === NAME && domain === new URL(site.origin).hostname);
  expect(await whoIs(page)).toBe(isThere ? "kavya" : "not_authenticated");
  // Nor does it keep anybody out.
  expect((await askFrom(page, "POST", "/auth/login", KAVYA)).status).toBe(200);
  expect(await whoIs(page)).toBe("kavya");
});

test("R080 a session token that was there before the sign-in is of no use after it: neither an invented one nor another's", async () => {
  const planted = await signInElsewhere(ARJUN);
  const context = await site.context();
  const page = await site.page(context);
  const invented = { ...planted, value: `cfs_${"A".repeat(50)}` };
  for (const [cookie, before] of [
    [planted, "arjun"],
    [invented, "invalid_session"],
  ] as const) {
    await context.addCookies([cookie]);
    expect(await whoIs(page)).toBe(before);
    expect((await askFrom(page, "POST", "/auth/login", KAVYA)).status).toBe(200);
    expect(await whoIs(page)).toBe("kavya");
    const [now] = await context.cookies();
    expect(now!.value).not.toBe(cookie.value);
    // A session that the browser had before has ended with the sign-in.
    await context.clearCookies();
    await context.addCookies([cookie]);
    expect(await whoIs(page)).toBe("invalid_session");
    await context.clearCookies();
  }
});

test("with a shared cookie domain a sibling plants its own session, as SECURITY.md says; it still reads none and sends nothing", async () => {
  await using shared = await startSite(browser, { cookieDomain: "example.test" });
  const { name, domain, value: token } = await signInElsewhere(ARJUN, shared);
  expect([name, domain]).toEqual(["__Secure-session_id", ".example.test"]);
  const context = await shared.context();
  const page = await shared.page(context);
  expect((await askFrom(page, "POST", "/auth/login", KAVYA)).status).toBe(200);
  expect(await whoIs(page)).toBe("kavya");

  // What __Host- would not have let it do.
  await plant(page, shared.siblingOrigin, [`${name}=${token}; Secure; HttpOnly; Path=/; ${PARENT}`], shared);
  expect(await whoIs(page)).toBe("arjun");

  expect((await askFrom(page, "POST", "/auth/login", KAVYA)).status).toBe(200);
  await page.goto(shared.siblingOrigin);
  expect(await page.evaluate(() => document.cookie)).toBe("");
  await page.evaluate(
    (url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include" }).catch(() => undefined),
    `${shared.issuer}/logout`,
  );
  await page.goto(shared.origin);
  expect(await whoIs(page)).toBe("kavya");
  // Its host is given every visitor's session token by the browser itself.
  expect((await context.cookies(shared.siblingOrigin)).map((cookie) => cookie.name)).toEqual([name]);
});
