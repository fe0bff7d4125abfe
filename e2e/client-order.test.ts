import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askApi, openTab, refreshes, signInOn, startClientPlace, stateOf } from "./support/client-place.ts";
import type { ClientPlace } from "./support/client-place.ts";
import { HOUR } from "./support/clock.ts";
import { expectState } from "./support/expect-state.ts";
import { ARJUN, KAVYA } from "./support/sign-in.ts";

let browser: RunningBrowser;
let place: ClientPlace;

beforeAll(async () => {
  browser = await launchBrowser();
  place = await startClientPlace(browser);
});

afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

const OUT = { status: "signed_out", reason: "logout" };
const AS_ARJUN = { status: "signed_in", user: expect.objectContaining({ username: "arjun" }) as unknown };

async function endOf(sid: string): Promise<string | null> {
  return (await place.site.server.cf.sessions.read(sid))!.endReason;
}

async function sidOf(tab: Page): Promise<string> {
  return ((await stateOf(tab)) as { readonly sid: string }).sid;
}

test("R168 a sign-out in a tab that does not know yet who is signed in is one in all that do not", async () => {
  const context = await place.site.context();
  const before = await openTab(place, context);
  await signInOn(before);
  const sid = await sidOf(before);
  await before.close();
  const late = place.way.next("POST", "/auth/refresh", "hold");
  const asking = await openTab(place, context);
  await late.met;
  const waiting = await openTab(place, context);
  const leaving = waiting.evaluate(() => client.logout());
  await expectState([waiting], OUT);
  late.release();
  expect(await leaving).toEqual({ ok: true });
  await expectState([asking, waiting], OUT);
  expect(await endOf(sid)).toBe("logout");
  expect((await askApi(asking, place)).slice(0, 3)).toBe("401");
  await expectState([asking, waiting], OUT);
});

test("R168 what a tab tells late, of the session before, takes the place of none", async () => {
  const context = await place.site.context();
  const first = await openTab(place, context);
  // As that tab would tell it, were it frozen while it did.
  await first.evaluate((name) => {
    const channel = new BroadcastChannel(name);
    Object.assign(globalThis, { heard: new Promise((resolve) => channel.addEventListener("message", resolve)) });
  }, `counterfoil:${place.site.issuer}`);
  await signInOn(await openTab(place, context));
  const tell = await first.evaluateHandle(async (name) => {
    const { data } = await (globalThis as unknown as { heard: Promise<MessageEvent<unknown>> }).heard;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of a channel, which has but its own
    return () => new BroadcastChannel(name).postMessage(data);
  }, `counterfoil:${place.site.issuer}`);
  await signInOn(first, ARJUN);
  const fresh = await openTab(place, context);
  await expectState([fresh], AS_ARJUN);
  await tell.evaluate((late) => late());
  // Heard by now, since it is told in order.
  await first.evaluate(() => client.fetch("/"));
  const told = await openTab(place, context);
  await expectState([first, fresh, told], AS_ARJUN);
  for (const tab of [fresh, told]) expect(await askApi(tab, place)).toContain("200");
  await expectState([first, fresh, told], AS_ARJUN);
});

test("R168 a sign-out that comes while a sign-in is under way has the last word", async () => {
  const context = await place.site.context();
  const tab = await openTab(place, context);
  const other = await openTab(place, context);
  const late = place.way.next("POST", "/auth/login", "hold");
  const signingIn = tab.evaluate((user) => client.login(user), KAVYA);
  await late.met;
  const leaving = tab.evaluate(() => client.logout());
  await expectState([tab], OUT);
  late.release();
  await signingIn;
  expect(await leaving).toEqual({ ok: true });
  await expectState([tab], OUT);
  expect((await stateOf(other)).status).toBe("signed_out");
  await expectState([await openTab(place, context)], { status: "signed_out", reason: "no_session" });
});

test("R019 a page that was opened in the background tells that somebody is there when it is first used", async () => {
  const context = await place.site.context();
  const before = await openTab(place, context);
  await signInOn(before);
  await before.close();
  const tab = await context.newPage();
  await tab.addInitScript(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  });
  await tab.goto(place.site.url("/page"));
  await expectState([tab], { status: "signed_in" });
  expect(place.way.to("/auth/refresh").at(-1)!.body).toBe('{"background":true}');
  await tab.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "visible" }));
  expect(await askApi(tab, place)).toContain("200");
  await expect.poll(() => place.way.to("/auth/refresh").at(-1)!.body, { timeout: 20_000 }).toBe("");
});

test("R168 a sign-out that is kept is found from every page of a server that is mounted at the root", async () => {
  const context = await place.site.context();
  // Before the page has its own.
  await context.addInitScript(() => Object.defineProperty(globalThis, "clientOptions", { value: { url: "/" } }));
  const tab = await context.newPage();
  await tab.goto(place.site.url("/page?of=one"));
  expect(await tab.evaluate(() => client.logout())).toMatchObject({ ok: false, code: "unavailable" });
  expect(await tab.evaluate(() => Object.keys(localStorage))).toEqual([`counterfoil:${place.site.url("/")}:logout:`]);
});

test("calls of a page that nobody is signed in to ask the server for a token where the API wants one, and together", async () => {
  const context = await place.site.context();
  const tab = await openTab(place, context);
  await expectState([tab], { status: "signed_out", reason: "no_session" });
  const asked = refreshes(place);
  const open = await Promise.all(Array.from({ length: 10 }, () => askApi(tab, place, { path: "/open" })));
  expect(open.map((answer) => answer.slice(0, 3))).toEqual(open.map(() => "200"));
  expect(refreshes(place) - asked).toBe(0);
  const late = place.way.next("POST", "/auth/refresh", "hold");
  const refused: unknown[] = [];
  tab.on("response", (response) => response.status() === 401 && refused.push(response));
  const asking = Promise.all(Array.from({ length: 10 }, () => askApi(tab, place)));
  await expect.poll(() => refused, { timeout: 20_000 }).toHaveLength(10);
  late.release();
  const own = await asking;
  expect(own.map((answer) => answer.slice(0, 3))).toEqual(own.map(() => "401"));
  expect(refreshes(place) - asked).toBeLessThanOrEqual(2);
});

test("the reason why one session ended is not that of the next one", async () => {
  await using slow = await startClientPlace(browser);
  const context = await slow.site.context();
  const tab = await openTab(slow, context, {});
  await signInOn(tab);
  await expect
    .poll(() => slow.way.to("/auth/me/stream").some(({ answers }) => answers.includes(200)), { timeout: 20_000 })
    .toBe(true);
  // By a page of the application that has no client in it; the cookie is there before anybody asks for its session.
  const other = await slow.site.page(context);
  slow.way.follow(({ path }) => (path.endsWith("/refresh") ? "unavailable" : "none"));
  await other.evaluate((body) => {
    const headers = { "Content-Type": "application/json" };
    return fetch("/auth/login", { method: "POST", headers, body: JSON.stringify(body) });
  }, ARJUN);
  await expect.poll(() => slow.way.to("/auth/refresh").at(-1)!.fault, { timeout: 20_000 }).toBe("unavailable");
  slow.way.follow(null);
  await expectState([tab], AS_ARJUN);
  slow.way.follow(({ path }) => (path.endsWith("/stream") ? "swallow_request" : "none"));
  slow.way.reset();
  slow.site.server.clock.advance(25 * HOUR);
  await tab.evaluate((milliseconds) => passTime(milliseconds), 25 * HOUR);
  await askApi(tab, slow);
  await expectState([tab], { status: "signed_out", reason: "session_over", endReason: null });
});

test("a client that was closed follows no session any more, whatever is asked of it", async () => {
  const context = await place.site.context();
  const tab = await openTab(place, context);
  await signInOn(tab);
  await tab.evaluate(() => client.close());
  await tab.evaluate(() => client.logout());
  await signInOn(tab);
  const leads = (name: string) => navigator.locks.request(name, { ifAvailable: true }, (lock) => lock === null);
  expect(await tab.evaluate(leads, `counterfoil:${place.site.issuer}:stream`)).toBe(false);
});
