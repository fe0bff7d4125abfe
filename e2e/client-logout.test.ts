import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askApi, openTab, openTabs, signInOn, startClientPlace, stateOf, statesOf } from "./support/client-place.ts";
import type { ClientPlace } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";
import { MINUTE } from "./support/clock.ts";
import type { PageTime } from "./support/page-time.ts";
import { ARJUN } from "./support/sign-in.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

const OUT = { status: "signed_out", reason: "logout" };

async function sidOf(tab: Page): Promise<string> {
  return ((await stateOf(tab)) as { readonly sid: string }).sid;
}

/** Why the server has ended that session; `null` while it lives. */
async function endOf({ site }: ClientPlace, sid: string): Promise<string | null> {
  return (await site.server.cf.sessions.read(sid))!.endReason;
}

const stored = (tab: Page) => tab.evaluate(() => [localStorage, sessionStorage].flatMap(Object.entries));
const remembered = (place: ClientPlace, sid: string) => [[`counterfoil:${place.site.issuer}:logout:${sid}`, ""]];

/** Has the tab ask for a token whose answer is kept; no request of a test waits for the clock. */
async function holdRefresh(place: ClientPlace, tab: Page) {
  const held = place.way.next("POST", "/auth/refresh", "hold");
  place.site.server.clock.advance(11 * MINUTE);
  await tab.evaluate((slept) => stepWallClock(slept), 11 * MINUTE);
  const asking = askApi(tab, place);
  await held.met;
  return { ...held, asking };
}

/** Three tabs of a user, the first of which may have a time of its own. */
async function signedInTabs(place: ClientPlace, time: PageTime = {}, locks = true) {
  const context = await place.site.context();
  if (!locks) await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  const tabs = [await openTab(place, context, time), ...(await openTabs(place, context, 2))] as [Page, Page, Page];
  await signInOn(tabs[1]);
  await expectState(tabs, { status: "signed_in" });
  return { context, tabs, sid: await sidOf(tabs[1]) };
}

test("R168 a sign-out in one tab is one in all, and a request that is under way is aborted", async () => {
  await using place = await startClientPlace(browser);
  const { tabs } = await signedInTabs(place);
  const [one, two] = tabs;
  const held = place.apiWay.next("POST", "/own", "hold");
  const asking = askApi(two, place, { method: "POST", body: "b" });
  await held.met;
  expect(await one.evaluate(() => client.logout())).toEqual({ ok: true });
  await expectState(tabs, OUT);
  expect(await asking).toBe("AbortError");
  held.release();
  expect((await askApi(two, place)).slice(0, 3)).toBe("401");
});

test("R168 R087 without a network a sign-out is one in all tabs, leaves its sid and no credential, and is told before anything else at the next start", async () => {
  await using place = await startClientPlace(browser);
  const { context, tabs, sid } = await signedInTabs(place);
  await context.setOffline(true);
  const outcome = await tabs[0].evaluate(() => client.logout());
  expect(outcome).toMatchObject({ ok: false, code: "unavailable" });
  await expectState(tabs, OUT);
  expect(await stored(tabs[1])).toEqual(remembered(place, sid));
  expect(await endOf(place, sid)).toBe(null);
  await Promise.all(tabs.map((tab) => tab.close()));
  const { length } = place.way.exchanges;
  await context.setOffline(false);

  const next = await openTab(place, context);
  await expectState([next], { status: "signed_out", reason: "no_session" });
  const told = place.way.exchanges.slice(length).map(({ method, path, body }) => [method, path, body]);
  expect(told).toEqual([
    ["POST", "/auth/logout", JSON.stringify({ sid })],
    ["POST", "/auth/refresh", ""],
  ]);
  expect(await endOf(place, sid)).toBe("logout");
  expect(await stored(next)).toEqual([]);
  // The cookie is gone from the browser, too.
  expect(await context.cookies()).toEqual([]);
  await signInOn(next);
  const fresh = await sidOf(next);
  expect((await askApi(next, place)).slice(0, 3)).toBe("200");
  await expectState([await openTab(place, context)], { status: "signed_in", sid: fresh });
  expect(await endOf(place, fresh)).toBe(null);
});

test("R168 who starts again while the server is out of reach is signed out still, and told to it when it is back", async () => {
  await using place = await startClientPlace(browser);
  const { context, tabs, sid } = await signedInTabs(place);
  place.way.follow(() => "unavailable");
  await tabs[0].evaluate(() => client.logout());
  await expectState(tabs, OUT);
  await Promise.all(tabs.map((tab) => tab.close()));
  const next = await openTab(place, context, { factor: 20 });
  await expectState([next], OUT);
  expect((await statesOf(next)).map(({ status }) => status)).toEqual(["loading", "signed_out"]);
  place.way.follow(null);
  await expect.poll(() => endOf(place, sid)).toBe("logout");
  await expect.poll(() => stored(next)).toEqual([]);
});

test("R168 a sign-out that was kept does not end the session that was opened since", async () => {
  await using place = await startClientPlace(browser);
  const { context, tabs, sid } = await signedInTabs(place);
  await context.setOffline(true);
  await tabs[0].evaluate(() => client.logout());
  await Promise.all(tabs.map((tab) => tab.close()));
  await context.setOffline(false);
  // By a page of the application that has no client in it.
  const other = await place.site.page(context);
  await other.evaluate((body) => {
    const headers = { "Content-Type": "application/json" };
    return fetch("/auth/login", { method: "POST", headers, body: JSON.stringify(body) });
  }, ARJUN);
  const next = await openTab(place, context);
  await expectState([next], { status: "signed_in", user: expect.objectContaining({ username: "arjun" }) });
  expect(place.way.to("/auth/logout").at(-1)!.body).toBe(JSON.stringify({ sid }));
  expect(await stored(next)).toEqual([]);
  expect(await endOf(place, await sidOf(next))).toBe(null);
});

test("R168 the answer to a refresh that comes after the sign-out signs nobody in", async () => {
  await using place = await startClientPlace(browser);
  const { context, tabs, sid } = await signedInTabs(place);
  const [one, two] = tabs;
  const late = await holdRefresh(place, one);
  const leaving = two.evaluate(() => client.logout());
  await expectState(tabs, OUT);
  late.release();
  expect(await late.asking).toBe("AbortError");
  expect(await leaving).toEqual({ ok: true });
  expect(await endOf(place, sid)).toBe("logout");
  await expectState([await openTab(place, context)], { status: "signed_out", reason: "no_session" });
  await expectState(tabs, OUT);
});

test.each([true, false])(
  "R168 the answer to a refresh that comes after another user's sign-in brings nobody back (with locks: %j)",
  async (locks) => {
    await using place = await startClientPlace(browser);
    // With locks, the sign-in waits until the page has given its request up, after ten seconds of its own.
    const { context, tabs } = await signedInTabs(place, { factor: locks ? 20 : 1 }, locks);
    const [one, two] = tabs;
    const late = await holdRefresh(place, one);
    await signInOn(two, ARJUN);
    const arjun = { status: "signed_in", user: expect.objectContaining({ username: "arjun" }) };
    await expectState(tabs, arjun);
    late.release();
    expect(await late.asking).toBe("AbortError");
    for (const tab of tabs) expect((await askApi(tab, place)).slice(0, 3)).toBe("200");
    await expectState([...tabs, await openTab(place, context)], arjun);
    // Nor for a moment.
    for (const told of await Promise.all(tabs.map(statesOf))) {
      const names = told.map((state) => (state.status === "signed_in" ? state.user.username : null));
      expect(names.slice(names.indexOf("arjun")).filter((name) => name !== "arjun")).toEqual([]);
    }
  },
);

test("R168 the answer to a sign-out that comes after a new sign-in does not take the new cookie away", async () => {
  await using place = await startClientPlace(browser);
  const { context, tabs } = await signedInTabs(place, { factor: 20 });
  const [one, two] = tabs;
  const late = place.way.next("POST", "/auth/logout", "hold");
  const leaving = one.evaluate(() => client.logout());
  await late.met;
  await expectState(tabs, OUT);
  await signInOn(two, ARJUN);
  late.release();
  await leaving;
  const arjun = { status: "signed_in", user: expect.objectContaining({ username: "arjun" }) };
  await expectState([...tabs, await openTab(place, context)], arjun);
  expect(await context.cookies()).toHaveLength(1);
  await expect.poll(() => stored(two)).toEqual([]);
  await expectState(tabs, arjun);
});
