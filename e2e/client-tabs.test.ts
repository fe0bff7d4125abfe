import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askApi, openTab, openTabs, refreshes, signInOn, startClientPlace, statesOf } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";
import { MINUTE } from "./support/clock.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

const TABS = 20;

/** Once it was signed in. */
async function expectNeverSignedOut(tabs: readonly Page[]): Promise<void> {
  const told = await Promise.all(tabs.map(statesOf));
  const since = told.flatMap((states) => states.slice(states.findIndex(({ status }) => status === "signed_in")));
  expect(new Set(since.map(({ status }) => status))).toEqual(new Set(["signed_in"]));
}

test("R167 20 tabs that are opened at once, or wake together with an expired token, ask the server twice at most, and nobody is signed out", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  const before = await openTab(place, context);
  await signInOn(before);
  await before.close();

  /** Each tab has something to ask the API, at once; how often the server was asked for a token. */
  async function askTogether(tabs: readonly Page[], open: (tab: Page) => Promise<void>): Promise<number> {
    const asked = refreshes(place);
    const answers = await Promise.all(tabs.map((tab) => open(tab).then(() => askApi(tab, place))));
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(tabs.map(() => "200"));
    await expectNeverSignedOut(tabs);
    return refreshes(place) - asked;
  }

  const asked = refreshes(place);
  const tabs = await openTabs(place, context, TABS, {});
  await expectState(tabs, { status: "signed_in" });
  expect(await askTogether(tabs, () => Promise.resolve())).toBe(0);
  expect(refreshes(place) - asked).toBeGreaterThanOrEqual(1);
  expect(refreshes(place) - asked).toBeLessThanOrEqual(2);
  // One stream for all of them: a browser has few connections to a host.
  expect(place.way.to("/auth/me/stream").length).toBeLessThanOrEqual(2);

  // The machine was asleep: no timer ran, and then all tabs have something to ask.
  place.site.server.clock.advance(11 * MINUTE);
  const wake = (tab: Page) =>
    tab.evaluate((slept) => {
      stepWallClock(slept);
      document.dispatchEvent(new Event("visibilitychange"));
    }, 11 * MINUTE);
  const renewed = await askTogether(tabs, wake);
  expect(renewed).toBeGreaterThanOrEqual(1);
  expect(renewed).toBeLessThanOrEqual(2);
  // None of the requests went with a token that had expired.
  expect(place.api.to("/own").filter(({ sub }) => sub === null)).toEqual([]);
});

test("R167 where the tab that follows the session is closed, another one does", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  const first = await openTab(place, context);
  await signInOn(first);
  await expect.poll(() => place.way.to("/auth/me/stream").length).toBe(1);
  const others = await openTabs(place, context, 3);
  await expectState(others, { status: "signed_in" });
  expect(place.way.to("/auth/me/stream")).toHaveLength(1);
  await first.close();
  await expect.poll(() => place.way.to("/auth/me/stream").length).toBe(2);
  const { sid } = (await others[0]!.evaluate(() => client.session.current)) as { readonly sid: string };
  await place.site.server.cf.sessions.revoke(sid);
  await expectState(others, { status: "signed_out", reason: "session_over", endReason: "ended_by_operator" });
});

test("R167 where the browser has no locks, each tab is for itself, and a sign-in in one is not undone by another's late answer", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  const late = place.way.next("POST", "/auth/refresh", "hold");
  const waiting = await openTab(place, context);
  await late.met;
  const other = await openTab(place, context);
  await signInOn(other);
  await expectState([waiting, other], { status: "signed_in" });
  // It was asked without a cookie: 401, and it is of the time before.
  const answered = waiting.waitForResponse((answer) => answer.status() === 401);
  late.release();
  await answered;
  expect((await askApi(waiting, place)).slice(0, 3)).toBe("200");
  await expectNeverSignedOut([waiting]);
  await expectState([waiting, other], { status: "signed_in" });
});

test("where the browser refuses its locks, as Chromium does where it blocks cookies, a page knows that nobody is signed in", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  await context.addInitScript(() => {
    const refuse = () => Promise.reject(new DOMException("The request was denied.", "SecurityError"));
    Object.defineProperty(navigator, "locks", { value: { request: refuse, query: refuse } });
  });
  const tab = await openTab(place, context);
  await expectState([tab], { status: "signed_out", reason: "no_session" });
  expect((await askApi(tab, place)).slice(0, 3)).toBe("401");
});
