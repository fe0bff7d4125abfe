import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import {
  askApi,
  openTab,
  openTabs,
  refreshes,
  signInOn,
  startClientPlace,
  stateOf,
  statesOf,
} from "./support/client-place.ts";
import type { ClientPlace } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";
import { HOUR } from "./support/clock.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

interface Known {
  readonly sid: string;
  readonly user: { readonly sub: string; readonly roles: readonly string[] };
}

async function signedInTabs(place: ClientPlace, count: number) {
  const context = await place.site.context();
  const [first, ...others] = (await openTabs(place, context, count, {})) as [Page, ...Page[]];
  await signInOn(first);
  const tabs = [first, ...others] as const;
  await expectState(tabs, { status: "signed_in" });
  // The page is told of what happens from here on.
  await expect.poll(() => place.way.to("/auth/me/stream").some(({ answers }) => answers.includes(200))).toBe(true);
  return { context, tabs, ...((await stateOf(first)) as Known) };
}

test.each(["https", "http"] as const)(
  "over %s, a session that its user ends from another device ends in all tabs, which say why",
  async (scheme) => {
    await using place = await startClientPlace(browser, { scheme });
    const { tabs, sid } = await signedInTabs(place, 2);
    const phone = await openTab(place, await place.site.context());
    await signInOn(phone);
    const listed = await phone.evaluate(() => client.sessions());
    // Two that began in the same moment are in no order.
    const other = expect.objectContaining({ current: false, sid }) as unknown;
    expect(listed).toMatchObject({ ok: true, sessions: expect.arrayContaining([other]) as unknown });
    expect(await phone.evaluate((ended) => client.endSession(ended), sid)).toMatchObject({ ok: true });
    await expectState(tabs, { status: "signed_out", reason: "session_over", endReason: "ended_by_user" });
    for (const tab of tabs) expect((await askApi(tab, place)).slice(0, 3)).toBe("401");
    await expectState([phone], { status: "signed_in" });
  },
);

test("a change of roles reaches all tabs and the next token, and nobody signs in for it", async () => {
  await using place = await startClientPlace(browser);
  const { tabs, user } = await signedInTabs(place, 3);
  expect(user.roles).toEqual(["admin"]);
  const before = refreshes(place);
  await place.site.server.cf.users.setRoles(user.sub, ["guest"]);
  await expectState(tabs, { status: "signed_in", user: expect.objectContaining({ roles: ["guest"] }) });
  const answers = await Promise.all(tabs.map((tab) => askApi(tab, place)));
  expect(answers).toEqual(tabs.map(() => `200 ${JSON.stringify({ sub: user.sub, roles: ["guest"] })}`));
  expect(refreshes(place) - before).toBeLessThanOrEqual(2);
  expect(place.way.to("/auth/login")).toHaveLength(1);
  expect(place.api.to("/own").filter(({ sub }) => sub === null)).toEqual([]);
});

/** Hours of an open page, in each of which it does what is said. */
async function pass(place: ClientPlace, tab: Page, hours: number, does: () => Promise<unknown>): Promise<void> {
  const { services, clock } = place.site.server;
  for (let hour = 0; hour < hours; hour++) {
    // Within a second by itself; on this clock that would be an hour.
    // oxlint-disable-next-line no-await-in-loop -- one hour after the other
    await services.activity.flush();
    clock.advance(HOUR);
    // oxlint-disable-next-line no-await-in-loop
    await tab.evaluate((milliseconds) => passTime(milliseconds), HOUR);
    // oxlint-disable-next-line no-await-in-loop
    await does();
  }
}

test("R019 an open page that nobody uses does not hold its session past the inactivity timeout, not by what it asks in the background", async () => {
  await using place = await startClientPlace(browser);
  const { tabs, sid } = await signedInTabs(place, 1);
  const [tab] = tabs;
  const { server } = place.site;
  const before = refreshes(place);
  // Nothing is fetched for nobody.
  await pass(place, tab, 2, () => Promise.resolve());
  expect(refreshes(place)).toBe(before);
  // What the page fetches by itself is no activity.
  await pass(place, tab, 9, async () => expect(await askApi(tab, place, { background: true })).toContain("200"));
  expect(refreshes(place) - before).toBe(9);
  const bodies = place.way.to("/auth/refresh").slice(before);
  expect(new Set(bodies.map(({ body }) => body))).toEqual(new Set(['{"background":true}']));
  expect((await server.cf.sessions.read(sid))!.endReason).toBe(null);
  // 12 hours after the sign-in.
  await pass(place, tab, 2, () => askApi(tab, place, { background: true }));
  await expectState([tab], { status: "signed_out", reason: "session_over" });
});

test("R019 a page that is used holds its session", async () => {
  await using place = await startClientPlace(browser);
  const { tabs } = await signedInTabs(place, 1);
  const [tab] = tabs;
  await pass(place, tab, 20, async () => expect(await askApi(tab, place)).toContain("200"));
  await expectState([tab], { status: "signed_in" });
  // Until the day that is its most has passed.
  await pass(place, tab, 5, () => askApi(tab, place));
  await expectState([tab], { status: "signed_out", reason: "session_over" });
});

test("what ended while the machine was asleep, or the network away, is known when it is back", async () => {
  await using place = await startClientPlace(browser);
  const { context, tabs, sid } = await signedInTabs(place, 2);
  const { cf, clock } = place.site.server;
  // Offline, and online again: all goes on.
  await context.setOffline(true);
  place.way.reset();
  await context.setOffline(false);
  for (const tab of tabs) expect((await askApi(tab, place)).slice(0, 3)).toBe("200");
  const streams = place.way.to("/auth/me/stream").length;
  await expect.poll(() => place.way.to("/auth/me/stream").length, { timeout: 20_000 }).toBeGreaterThanOrEqual(streams);
  // Asleep: no timer runs, the connection is dead without a word, and the wall clock has gone on.
  place.way.follow(({ path }) => (path.endsWith("/stream") ? "swallow_request" : "none"));
  place.way.reset();
  await expect.poll(() => place.way.to("/auth/me/stream").at(-1)!.fault, { timeout: 20_000 }).toBe("swallow_request");
  await cf.sessions.revoke(sid);
  clock.advance(HOUR);
  place.way.follow(null);
  for (const tab of tabs) {
    await tab.evaluate((slept) => {
      stepWallClock(slept);
      document.dispatchEvent(new Event("visibilitychange"));
    }, HOUR);
  }
  await expectState(tabs, { status: "signed_out", reason: "session_over" });
  expect((await statesOf(tabs[0])).map(({ status }) => status)).toEqual([
    "loading",
    "signed_out",
    "signed_in",
    "signed_out",
  ]);
});
