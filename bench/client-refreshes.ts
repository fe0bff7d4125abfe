/**
 * How often a browser asks the server for an access token: an hour in which each tab asks the API every minute, in one
 * tab and in twenty. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/client-refreshes.ts
 *
 * The hour is sixty steps. In each, the server's clock and both clocks of every page are moved by a minute, and then the
 * tabs ask, all at the same moment or one after the other. What the client does by a timer of its own is not in it: it
 * fetches a token where a request needs one, or will soon, and by no timer. Tokens live ten minutes, as by default.
 */
import { launchBrowser } from "../e2e/support/browser.ts";
import { askApi, openTabs, refreshes, signInOn, startClientPlace } from "../e2e/support/client-place.ts";
import { MINUTE } from "../e2e/support/clock.ts";
import { row, verdict } from "./measure.ts";

const MINUTES = 60;
const TOKEN_MINUTES = 10;
/** A token is renewed after six to eight of its ten minutes, and at most by two tabs at once. */
const MOST = (2 * MINUTES) / (0.6 * TOKEN_MINUTES);

await using browser = await launchBrowser();
row("", "an hour", "of requests");
let most = 0;
for (const [count, together] of [
  [1, true],
  [20, true],
  [20, false],
] as const) {
  const { asked, requests } = await anHour(count, together);
  const how = count === 1 ? "1 tab" : `${count} tabs, ${together ? "all at once" : "one after the other"}`;
  row(how, String(asked), String(requests));
  most = Math.max(most, asked);
}
verdict(`at most ${MOST} an hour, however many tabs (${most})`, most <= MOST);

async function anHour(count: number, together: boolean) {
  await using place = await startClientPlace(browser);
  const context = await place.site.context();
  const tabs = await openTabs(place, context, count, {});
  await signInOn(tabs[0]!);
  for (const tab of tabs) await tab.waitForFunction(() => client.session.current.status === "signed_in");
  const before = refreshes(place);
  for (let minute = 0; minute < MINUTES; minute++) {
    place.site.server.clock.advance(MINUTE);
    await Promise.all(tabs.map((tab) => tab.evaluate((milliseconds) => passTime(milliseconds), MINUTE)));
    if (together) await Promise.all(tabs.map((tab) => checked(askApi(tab, place))));
    else for (const tab of tabs) await checked(askApi(tab, place));
  }
  return { asked: refreshes(place) - before, requests: count * MINUTES };
}

async function checked(answer: Promise<string>): Promise<void> {
  const text = await answer;
  if (!text.startsWith("200 ")) throw new Error(`The API answered ${text}`);
}
