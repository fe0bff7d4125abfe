import { setTimeout as sleep } from "node:timers/promises";
import type { SessionState } from "@counterfoil/client";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askApi, openTab, openTabs, refreshes, signInOn, startClientPlace, statesOf } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";
import { MINUTE, QuickClock, SECOND } from "./support/clock.ts";
import { randomFaults } from "./support/fault.ts";
import type { FaultyWay } from "./support/faulty-way.ts";
import { seeded } from "./support/random.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

// COUNTERFOIL_REAL_TIME=1 has the ten minutes take ten minutes; COUNTERFOIL_SEED gives other faults.
const FACTOR = process.env["COUNTERFOIL_REAL_TIME"] === "1" ? 1 : 40;
const SEED = Number(process.env["COUNTERFOIL_SEED"] ?? 169);
const USE_MS = 10 * MINUTE;
const TOKEN_SECONDS = 60;
/** Of all requests, to the server and to the API. */
const SHARE = 0.3;

interface Uses {
  answered: number;
  failed: number;
}

/** The page's user at work: something to ask every four seconds, with a limit of its own, as applications have it. */
function beginUse(tab: Page, apiOrigin: string): Promise<void> {
  return tab.evaluate(
    ([url, every, limit]) => {
      const uses: Uses = { answered: 0, failed: 0 };
      Object.assign(globalThis, { uses });
      setInterval(() => {
        void client
          .fetch(url, { method: "POST", body: "{}", signal: AbortSignal.timeout(limit) })
          .then((response) => (response.ok ? uses.answered++ : uses.failed++))
          .catch(() => uses.failed++);
      }, every);
    },
    [`${apiOrigin}/own`, 4 * SECOND, 15 * SECOND] as const,
  );
}

function countsOf(way: FaultyWay): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fault } of way.exchanges) {
    const name = typeof fault === "string" ? fault : "delay";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test(
  `R169 ten minutes on a network that loses, repeats, keeps and makes up answers sign nobody out (seed ${SEED})`,
  { timeout: USE_MS / FACTOR + 2 * MINUTE },
  async () => {
    const clock = new QuickClock(FACTOR);
    await using place = await startClientPlace(browser, { clock, accessTokenTtlSeconds: TOKEN_SECONDS });
    const context = await place.site.context();
    const time = { factor: FACTOR };
    const first = await openTab(place, context);
    await signInOn(first);
    const tabs = await openTabs(place, context, 3, time);
    await expectState(tabs, { status: "signed_in" });
    await first.close();
    for (const tab of tabs) await beginUse(tab, place.apiOrigin);
    const random = seeded(SEED);
    const told: SessionState[] = [];
    place.way.follow(randomFaults(SEED, SHARE, (20 * SECOND) / FACTOR));
    place.apiWay.follow(randomFaults(SEED + 1, SHARE, (20 * SECOND) / FACTOR));
    const rounds = 10;
    for (let round = 0; round < rounds; round++) {
      await sleep(USE_MS / FACTOR / rounds);
      // What else happens in ten minutes: every connection is cut, a tab is opened, another one is closed.
      if (random() < 0.5) place.way.reset();
      if (random() < 0.3) {
        const opened = await openTab(place, context, time);
        await beginUse(opened, place.apiOrigin);
        tabs.push(opened);
      }
      if (random() < 0.3 && tabs.length > 1) {
        const closed = tabs.shift()!;
        told.push(...(await statesOf(closed)));
        await closed.close();
      }
    }
    place.way.follow(null);
    place.apiWay.follow(null);
    await expectState(tabs, { status: "signed_in" });
    // A server that was out of reach is left alone for half a minute at most, and a page waits for less.
    for (const tab of tabs) await expect.poll(() => askApi(tab, place), { timeout: MINUTE }).toContain("200");
    for (const tab of tabs) told.push(...(await statesOf(tab)));
    expect(told.filter(({ status }) => status === "signed_out")).toEqual([]);
    if (FACTOR === 1) {
      const uses = await Promise.all(
        tabs.map((tab) => tab.evaluate(() => (globalThis as unknown as { uses: Uses }).uses)),
      );
      const counts = { uses, server: countsOf(place.way), api: countsOf(place.apiWay), refreshes: refreshes(place) };
      console.log(JSON.stringify(counts));
    }
    const { sub } = place.api.to("/own").findLast((request) => request.sub !== null)!;
    const sessions = await place.site.server.cf.sessions.list(sub!);
    expect(sessions).toHaveLength(1);
  },
);
