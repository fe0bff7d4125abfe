import { afterAll, beforeAll, expect, test } from "vitest";
import type { BrowserContext, Cookie, Page } from "playwright-core";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askFrom } from "./support/page-request.ts";
import { KAVYA } from "./support/sign-in.ts";
import type { Site } from "./support/site.ts";
import { startSite } from "./support/site.ts";

let browser: RunningBrowser;
const sites: Partial<Record<Scheme, Site>> = {};

type Scheme = "https" | "http";
const SCHEMES = ["https", "http"] as const;
const NAMES = { https: "__Host-session_id", http: "session_id" } as const;

beforeAll(async () => {
  browser = await launchBrowser();
  for (const scheme of SCHEMES) sites[scheme] = await startSite(browser, { scheme });
});

afterAll(async () => {
  for (const site of Object.values(sites)) await site[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

async function signedIn(site: Site, wish: object = {}): Promise<{ page: Page; context: BrowserContext }> {
  const context = await site.context();
  const page = await site.page(context);
  const { status } = await askFrom(page, "POST", "/auth/login", { ...KAVYA, ...wish });
  expect(status).toBe(200);
  return { page, context };
}

async function sessionCookies(context: BrowserContext): Promise<Cookie[]> {
  return (await context.cookies()).filter(({ name }) => /session_id$/i.test(name));
}

test.each(SCHEMES)(
  "R080 R082 Chromium keeps the session cookie over %s with every flag, for this host",
  async (scheme) => {
    const { origin } = sites[scheme]!;
    const { context } = await signedIn(sites[scheme]!);
    const [cookie, ...more] = await context.cookies();
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({
      name: NAMES[scheme],
      // Without a dot before it: no subdomain and no sibling gets it.
      domain: new URL(origin).hostname,
      path: "/",
      httpOnly: true,
      secure: scheme === "https",
      sameSite: "Lax",
      expires: -1,
    });
  },
);

test("R080 with `remember` Chromium keeps the cookie to the session's absolute end, beyond its own", async () => {
  const { context } = await signedIn(sites.https!, { remember: true });
  const [cookie] = await sessionCookies(context);
  expect(Math.round((cookie!.expires * 1000 - Date.now()) / 86_400_000)).toBe(30);
});

test.each(SCHEMES)(
  "R082 no script of the page can read the cookie over %s, write over it, or find its value",
  async (scheme) => {
    const site = sites[scheme]!;
    const { page, context } = await signedIn(site);
    const [cookie] = await sessionCookies(context);
    const answers = [
      await askFrom(page, "POST", "/auth/login", KAVYA),
      await askFrom(page, "POST", "/auth/refresh"),
      await askFrom(page, "GET", "/auth/me"),
      await askFrom(page, "GET", "/auth/sessions"),
      await askFrom(page, "POST", "/auth/reauthenticate", { password: KAVYA.password }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const values = [cookie!.value, ...(await sessionCookies(context)).map(({ value }) => value)];
    for (const { text } of answers) for (const value of values) expect(text).not.toContain(value);

    const before = await context.cookies();
    const readable = await page.evaluate(async (name) => {
      // oxlint-disable-next-line unicorn/no-document-cookie
      for (const path of ["/", "/auth"]) document.cookie = `${name}=planted; Path=${path}; Secure`;
      document.cookie = `${name}=; Max-Age=0; Path=/; Secure`;
      const kept = [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length];
      return { cookies: document.cookie, kept, caches: await caches.keys() };
    }, NAMES[scheme]);
    const after = await context.cookies();
    // Where there is no prefix, a script can add one for a deeper path: two are refused, and neither is taken.
    expect(after.filter(({ path }) => path === "/")).toEqual(before);
    expect(readable).toMatchObject({ kept: [0, 0, 0], caches: [] });
    expect(readable.cookies).not.toContain("cfs_");
  },
);

test("R080 Chromium drops a __Host- cookie that another host, a domain, a path or plain http would share", async () => {
  const { https: site } = sites as { https: Site };
  const { page, context } = await signedIn(site);
  const before = await context.cookies();
  const name = NAMES.https;
  const attempts = [
    [site.origin, `${name}=x; Secure; Path=/; Domain=app.example.test`],
    [site.origin, `${name}=x; Secure; Path=/; Domain=example.test`],
    [site.origin, `${name}=x; Secure; Path=/auth`],
    [site.origin, `${name}=x; Path=/`],
    [site.siblingOrigin, `${name}=x; Secure; Path=/; Domain=example.test`],
    [site.siblingOrigin, `${name.toUpperCase()}=x; Secure; Path=/; Domain=example.test`],
    [site.siblingOrigin, `${name.toLowerCase()}=x; Secure; Path=/; Domain=example.test`],
  ] as const;
  for (const [index, [origin, setCookie]] of attempts.entries()) {
    const address = `${origin}/set-${index}`;
    site.put(address, (_, outgoing) => outgoing.writeHead(200, { "Set-Cookie": setCookie }).end());
    await page.goto(address);
  }
  expect(await context.cookies()).toEqual(before);
});

test.each(SCHEMES)(
  "R087 logging out over %s deletes the cookie and the cached answers, and nothing else of this host or a sibling",
  async (scheme) => {
    const site = sites[scheme]!;
    const { page, context } = await signedIn(site);
    let fetched = 0;
    const cached = "max-age=3600";
    site.put("/cached", (_, outgoing) => outgoing.writeHead(200, { "Cache-Control": cached }).end(`${++fetched}`));
    const readCached = () => page.evaluate(async () => (await fetch("/cached")).text());
    expect([await readCached(), await readCached()]).toEqual(["1", "1"]);

    const secure = scheme === "https" ? "; Secure" : "";
    const own = scheme === "https" ? "__Host-own" : "own";
    for (const [index, origin] of [site.origin, site.siblingOrigin].entries()) {
      const setCookie = `${own}_${index}=kept; Path=/${secure}`;
      site.put(`${origin}/own`, (_, outgoing) => outgoing.writeHead(200, { "Set-Cookie": setCookie }).end());
      await page.goto(`${origin}/own`);
      await page.evaluate(() => {
        localStorage.setItem("own", "kept");
        sessionStorage.setItem("own", "kept");
      });
    }
    await page.goto(site.origin);
    expect((await askFrom(page, "POST", "/auth/logout")).status).toBe(204);

    const left = (await context.cookies()).map(({ name, value }) => [name, value]);
    expect(left).toEqual([
      [`${own}_0`, "kept"],
      [`${own}_1`, "kept"],
    ]);
    expect(await readCached()).toBe("2");
    for (const origin of [site.origin, site.siblingOrigin]) {
      await page.goto(origin);
      const kept = await page.evaluate(() => [localStorage.getItem("own"), sessionStorage.getItem("own")]);
      expect(kept).toEqual(["kept", "kept"]);
    }
    await page.goto(site.origin);
    expect((await askFrom(page, "POST", "/auth/refresh")).status).toBe(401);
  },
);

test("R087 the cookie of a remembered session goes at the logout as well", async () => {
  const { page, context } = await signedIn(sites.https!, { remember: true });
  expect((await askFrom(page, "POST", "/auth/logout")).status).toBe(204);
  expect(await context.cookies()).toEqual([]);
});
