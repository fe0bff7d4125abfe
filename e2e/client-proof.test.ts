import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askApi, openTabs, signInOn, startClientPlace, statesOf } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";
import { KAVYA } from "./support/sign-in.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

const PROOF = { password: KAVYA.password };
const CHANGE = { ...PROOF, newPassword: "correct horse battery staple" };

test.each(["lose_answer", "twice_second", "cut"] as const)(
  "R169 a proof of presence whose answer meets %s is one, and signs nobody out in any tab",
  async (fault) => {
    await using place = await startClientPlace(browser);
    const tabs = await openTabs(place, await place.site.context(), 2);
    await signInOn(tabs[0]!);
    await expectState(tabs, { status: "signed_in" });
    place.way.next("POST", "/auth/reauthenticate", fault);
    expect(await tabs[0]!.evaluate((proof) => client.reauthenticate(proof), PROOF)).toMatchObject({ ok: true });
    place.way.next("POST", "/auth/password", fault);
    expect(await tabs[1]!.evaluate((change) => client.changePassword(change), CHANGE)).toMatchObject({ ok: true });
    // Each cookie before is refused now: whoever still had one would be signed out here.
    for (const tab of tabs) {
      expect(await tab.evaluate(() => client.sessions())).toMatchObject({ ok: true });
      expect((await askApi(tab, place)).slice(0, 3)).toBe("200");
      const reasons = (await statesOf(tab)).flatMap((state) => (state.status === "signed_out" ? [state.reason] : []));
      expect(reasons).not.toContain("session_over");
    }
  },
);

test("R169 a sign-in of which the cookie came and the rest was lost is one", async () => {
  await using place = await startClientPlace(browser);
  const [tab] = await openTabs(place, await place.site.context(), 1);
  place.way.next("POST", "/auth/login", "cut");
  await signInOn(tab!);
  await expectState([tab!], { status: "signed_in" });
  expect(place.way.to("/auth/login")).toHaveLength(1);
});

test("a wrong password proves nothing, and is asked about once", async () => {
  await using place = await startClientPlace(browser);
  const [tab] = await openTabs(place, await place.site.context(), 1);
  await signInOn(tab!);
  const outcome = await tab!.evaluate(() => client.reauthenticate({ password: "wrong" }));
  expect(outcome).toMatchObject({ ok: false, code: "invalid_credentials" });
  expect(place.way.to("/auth/reauthenticate")).toHaveLength(1);
  await expectState([tab!], { status: "signed_in" });
});
