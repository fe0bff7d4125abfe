import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askApi, openTab, signInOn, startClientPlace } from "./support/client-place.ts";
import type { ClientPlace } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";
import { KAVYA } from "./support/sign-in.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

/** All that a page can keep beyond its own life, or hand on to the next one. */
function durable(page: Page) {
  return page.evaluate(async () => {
    const files: string[] = [];
    const directory = await navigator.storage.getDirectory();
    for await (const name of (directory as unknown as { keys(): AsyncIterable<string> }).keys()) files.push(name);
    return {
      local: Object.entries(localStorage),
      session: Object.entries(sessionStorage),
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      cookie: document.cookie,
      cookies: await (globalThis as unknown as { cookieStore: { getAll(): Promise<unknown[]> } }).cookieStore.getAll(),
      name: window.name,
      history: history.state as unknown,
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      files,
      address: location.search + location.hash,
    };
  });
}

const NOTHING = {
  local: [],
  session: [],
  databases: [],
  caches: [],
  cookie: "",
  cookies: [],
  name: "",
  history: null,
  workers: 0,
  files: [],
  address: "",
};

/** What a script finds that walks all it can reach: every text of the window, of the client and of the document. */
function findTokens(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const token = /\bcf[srp]_[\w-]{20,}|\beyJ[\w-]+\.[\w-]+\.[\w-]+/;
    const found: string[] = [];
    const seen = new Set<unknown>();
    const queue: (readonly [string, unknown])[] = [["window", globalThis]];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [path, value] = next;
      if (typeof value === "string" && token.test(value)) found.push(path);
      const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
      if (!isObject || seen.has(value) || seen.size > 200_000) continue;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) {
        try {
          queue.push([`${path}.${String(key)}`, Reflect.get(value, key)]);
        } catch {
          // A getter that wants another receiver has nothing of its own.
        }
      }
      queue.push([`${path}.prototype`, Object.getPrototypeOf(value)]);
    }
    if (token.test(document.documentElement.outerHTML)) found.push("document");
    if (token.test(JSON.stringify([client, client.session.current, states]))) found.push("state");
    if (token.test(JSON.stringify(performance.getEntries()))) found.push("performance");
    return found;
  });
}

async function signedInTab(place: ClientPlace) {
  const context = await place.site.context();
  const answers: Promise<string>[] = [];
  // A stream has no end to wait for, and no secret.
  context.on("response", (answer) => {
    if (answer.url().endsWith("/stream")) return;
    const text = answer.text();
    // Of the last ones, where the page goes before they have come: whoever looks at all of them hears of it.
    text.catch(() => undefined);
    answers.push(text);
  });
  const tab = await openTab(place, context);
  await signInOn(tab, KAVYA);
  await expectState([tab], { status: "signed_in" });
  // The access token has been there, and has been used.
  expect(await askApi(tab, place)).toContain("200");
  return { tab, context, answers };
}

test.each(["https", "http"] as const)(
  "R089 R166 over %s, a page that is signed in keeps nothing, and a script in it finds no session token and no refresh token",
  async (scheme) => {
    await using place = await startClientPlace(browser, { scheme });
    const { tab, context, answers } = await signedInTab(place);
    expect(await durable(tab)).toEqual(NOTHING);
    expect(await findTokens(tab)).toEqual([]);
    // The search finds what there is to find, and then in what RegExp keeps of the last text that matched.
    await tab.evaluate(() => Object.assign(globalThis, { planted: [{ deep: `Bearer cfs_${"a".repeat(50)}` }] }));
    expect(await findTokens(tab)).toContain("window.planted.0.deep");
    await tab.evaluate(() => Reflect.deleteProperty(globalThis, "planted") && /x/.test("x"));
    // The browser has it, and no script: it is the one cookie, and HttpOnly.
    const cookies = await context.cookies();
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly])).toEqual([
      [scheme === "https" ? "__Host-session_id" : "session_id", true],
    ]);
    // No answer had a refresh token, nor the session token in its body.
    const texts = await Promise.all(answers);
    expect(texts.filter((text) => text.includes("access_token"))).not.toEqual([]);
    expect(texts.filter((text) => /cf[rs]_[\w-]{20}/.test(text))).toEqual([]);
    await tab.evaluate(() => client.logout());
    await expectState([tab], { status: "signed_out", reason: "logout" });
    expect(await durable(tab)).toEqual(NOTHING);
    expect(await findTokens(tab)).toEqual([]);
  },
);

test("R166 what a script in the page can do is what the page can, while it is open: a token of minutes, and none after the sign-out", async () => {
  await using place = await startClientPlace(browser);
  const { tab } = await signedInTab(place);
  // The honest half: a script that was injected asks as the page asks. It gets an access token, and nothing that renews it.
  const stolen = await tab.evaluate(async () => {
    const response = await fetch("/auth/refresh", { method: "POST" });
    return (await response.json()) as Record<string, unknown>;
  });
  expect(Object.keys(stolen).toSorted()).toEqual(
    ["access_token", "claims_version", "expires_in", "sid", "token_type", "user"].toSorted(),
  );
  const use = (token: unknown) =>
    fetch(`${place.plainApiUrl}/own`, { headers: { Authorization: `Bearer ${String(token)}` } });
  expect((await use(stolen["access_token"])).status).toBe(200);
  // It renews nothing, from wherever the thief is.
  const renewed = await fetch(`http://127.0.0.1:${place.site.server.port}/auth/refresh`, {
    method: "POST",
    headers: { Authorization: `Bearer ${String(stolen["access_token"])}` },
  });
  expect(renewed.status).toBe(401);
  await tab.evaluate(() => client.logout());
  expect((await use(stolen["access_token"])).status).toBe(401);
});

test("where the browser is told to keep nothing, and refuses storage, locks and cookies, a page knows that nobody is signed in", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  await context.addInitScript(() => {
    const refuse = () => Promise.reject(new DOMException("The request was denied.", "SecurityError"));
    Object.assign(LockManager.prototype, { request: refuse, query: refuse });
    Reflect.deleteProperty(globalThis, "localStorage");
  });
  const tab = await openTab(place, context);
  await expectState([tab], { status: "signed_out", reason: "no_session" });
  await signInOn(tab);
  expect((await askApi(tab, place)).slice(0, 3)).toBe("200");
  // What the browser did not keep, the server is not sent.
  await context.clearCookies();
  await tab.evaluate(() => client.sessions());
  await expectState([tab], { status: "signed_out", reason: "session_over" });
});
