import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askApi, openTab, signInOn, startClientPlace, stateOf } from "./support/client-place.ts";
import type { ClientPlace } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser({ whole: true });
});

afterAll(() => browser[Symbol.asyncDispose]());

const MARK = "kept";

/** Goes to another page and, when something has happened, back: whether it is the same page, as it was left. */
async function leaveAndReturn(tab: Page, { site }: ClientPlace, meanwhile: () => Promise<unknown>): Promise<boolean> {
  await tab.evaluate((mark) => Object.assign(globalThis, { mark }), MARK);
  await tab.goto(site.url("/elsewhere"));
  await meanwhile();
  // A page that was kept is not loaded again, so there is no such event to wait for.
  await tab.goBack({ waitUntil: "commit" });
  await tab.waitForFunction(() => "client" in globalThis);
  return tab.evaluate((mark) => (globalThis as { mark?: string }).mark === mark, MARK);
}

test("R168 a page that comes back from the browser's history goes on, and is signed out where that has happened meanwhile", async () => {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  const tab = await openTab(place, context);
  const other = await openTab(place, context);
  await signInOn(other);
  await expectState([tab], { status: "signed_in" });
  // The client does not keep its page out of the history, and goes on when it is back.
  expect(await leaveAndReturn(tab, place, () => Promise.resolve())).toBe(true);
  expect((await askApi(tab, place)).slice(0, 3)).toBe("200");
  // A page that was kept has heard nothing of the end of its session.
  const { sid } = (await stateOf(tab)) as { readonly sid: string };
  await other.close();
  const kept = await leaveAndReturn(tab, place, () => place.site.server.cf.sessions.revoke(sid));
  expect(kept).toBe(true);
  await expectState([tab], { status: "signed_out", reason: "session_over" });
  expect((await askApi(tab, place)).slice(0, 3)).toBe("401");
  // Nor of a sign-out in another tab: where the browser does not load it anew, it looks.
  await signInOn(tab);
  await leaveAndReturn(tab, place, async () => {
    const another = await openTab(place, context);
    await expectState([another], { status: "signed_in" });
    await another.evaluate(() => client.logout());
  });
  await expectState([tab], { status: "signed_out" });
});
