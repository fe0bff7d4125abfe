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
import type { FaultName } from "./support/fault.ts";
import { HOUR, MINUTE } from "./support/clock.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

test.each([
  ["fast", HOUR],
  ["slow", -HOUR],
])(
  "R169 in a browser whose clock is an hour %s, nobody is signed out and the server is asked no more often",
  async (_, offsetMs) => {
    await using place = await startClientPlace(browser);
    const context = await place.site.context();
    const tabs = await openTabs(place, context, 2, { offsetMs });
    await signInOn(tabs[0]!);
    await expectState(tabs, { status: "signed_in" });

    /** So many minutes, in every second of which both tabs ask the API; how often the server was asked for a token. */
    async function use(minutes: number): Promise<number> {
      const before = refreshes(place);
      for (let minute = 0; minute < minutes; minute += 2) {
        place.site.server.clock.advance(2 * MINUTE);
        // oxlint-disable-next-line no-await-in-loop -- one minute after the other
        await Promise.all(tabs.map((tab) => tab.evaluate((milliseconds) => passTime(milliseconds), 2 * MINUTE)));
        // oxlint-disable-next-line no-await-in-loop
        const answers = await Promise.all(tabs.map((tab) => askApi(tab, place)));
        expect(answers.map((answer) => answer.slice(0, 3))).toEqual(["200", "200"]);
      }
      return refreshes(place) - before;
    }

    // A token of ten minutes is renewed after six to eight, and by both tabs where they come at the very same time.
    const inStep = await use(30);
    expect(inStep).toBeGreaterThanOrEqual(3);
    expect(inStep).toBeLessThanOrEqual(10);
    // Then somebody sets it right, and wrong again.
    for (const by of [-offsetMs, offsetMs, -offsetMs]) {
      for (const tab of tabs) await tab.evaluate((milliseconds) => stepWallClock(milliseconds), by);
      expect(await use(10)).toBeLessThanOrEqual(6);
    }
    // Nothing went with a token that had expired.
    expect(place.api.to("/own").filter(({ sub }) => sub === null)).toEqual([]);
    for (const tab of tabs) expect((await statesOf(tab)).map(({ status }) => status).at(-1)).toBe("signed_in");
    expect(
      (await Promise.all(tabs.map(statesOf)))
        .flat()
        .filter((state) => "reason" in state && state.reason !== "no_session"),
    ).toEqual([]);
  },
);

/** The page's back-off, and the time after which it gives up, pass ten times as fast. */
const QUICK = { factor: 10 };

/** What makes a refresh fail, other than the server's word. */
const FAULTS: readonly FaultName[] = [
  "lose_request",
  "lose_answer",
  "swallow_request",
  "bad_gateway",
  "unavailable",
  "captive_portal",
  "cut",
];

test("R169 no fault of a refresh signs anybody out: neither who is signed in nor who opens a page", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  const first = await openTab(place, context);
  await signInOn(first);
  const tab = await openTab(place, context, QUICK);
  await expectState([tab], { status: "signed_in" });
  await first.close();
  for (const fault of FAULTS) await endure(place, tab, fault);
  expect((await statesOf(tab)).map(({ status }) => status)).toEqual(["loading", "signed_in"]);
});

async function endure(place: ClientPlace, tab: Page, fault: FaultName): Promise<void> {
  const before = refreshes(place);
  place.way.follow(({ path }) => (path.endsWith("/refresh") ? fault : "none"));
  place.site.server.clock.advance(11 * MINUTE);
  await tab.evaluate((slept) => stepWallClock(slept), 11 * MINUTE);
  const asking = askApi(tab, place);
  await expect.poll(() => refreshes(place) - before, { message: fault, timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  const opened = await openTab(place, tab.context(), QUICK);
  // Who opens a page is told that it is not known, and that there is a fault.
  const seen = () =>
    opened.evaluate(() => {
      const state = client.session.current;
      return [state.status, "error" in state && state.error instanceof Error];
    });
  await expect.poll(seen, { message: fault, timeout: 20_000 }).toEqual(["loading", true]);
  expect([fault, await stateOf(tab)]).toMatchObject([fault, { status: "signed_in" }]);
  place.way.follow(null);
  // It is asked again without anybody's doing, and what waited goes on.
  await expectState([tab, opened], { status: "signed_in" });
  await asking;
  await expect.poll(() => askApi(tab, place), { timeout: 20_000 }).toContain("200");
  expect((await statesOf(opened)).map(({ status }) => status)).not.toContain("signed_out");
  await opened.close();
}

test("R169 a request that waits for a server that was out of reach goes on as soon as another tab has reached it", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  const other = await openTab(place, context, {});
  await signInOn(other);
  // Its pauses are a thousand times as long: nothing but the other tab ends them in the time of a test.
  const waiting = await openTab(place, context, { factor: 0.001 });
  await expectState([waiting], { status: "signed_in" });
  place.way.follow(({ path }) => (path.endsWith("/refresh") ? "unavailable" : "none"));
  const before = refreshes(place);
  place.site.server.clock.advance(11 * MINUTE);
  for (const tab of [waiting, other]) await tab.evaluate((slept) => stepWallClock(slept), 11 * MINUTE);
  const asking = askApi(waiting, place);
  await expect.poll(() => refreshes(place), { timeout: 20_000 }).toBe(before + 1);
  place.way.follow(null);
  expect((await askApi(other, place)).slice(0, 3)).toBe("200");
  expect((await asking).slice(0, 3)).toBe("200");
  expect(refreshes(place)).toBe(before + 2);
});
