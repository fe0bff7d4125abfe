/**
 * How long a user waits for the first answer of the API: from the click that signs in, and from the load of a page where
 * the user is signed in already, each beside a bare request of the same page to its own origin. From the root of the
 * repository:
 *
 *     npx node --conditions=@counterfoil/source bench/client-first-call.ts
 *
 * Chromium, https, the server in this process; each run is a browser profile of its own. The API is of another origin, so
 * its first request has a preflight. The sign-in has its password hash in it (argon2id, 19 MiB).
 */
import type { BrowserContext, Page } from "playwright-core";
import { launchBrowser } from "../e2e/support/browser.ts";
import { openTab, startClientPlace } from "../e2e/support/client-place.ts";
import { KAVYA } from "../e2e/support/sign-in.ts";
import { median, percentile, row } from "./measure.ts";

const RUNS = 21;
const WARM_UP = 3;

await using browser = await launchBrowser();
await using place = await startClientPlace(browser);
const { site, directApiOrigin } = place;
// Nothing in between that makes a connection for each request.
site.intercept(null);
const url = `${directApiOrigin}/own`;
site.put("/bare", (_, outgoing) => outgoing.end("{}"));
// What a page of an application does first, with a client and without one.
const begin = (request: string) => `<!doctype html><title>first</title>
  <script type="module">
    import { createClient } from "/client.js";
    const client = createClient({ url: "/auth", apiOrigins: ["${directApiOrigin}"] });
    const response = await ${request};
    await response.text();
    globalThis.first = [response.status, performance.now()];
  </script>`;
site.put("/first", begin(`client.fetch("${url}")`));
site.put("/first-bare", begin(`fetch("/bare")`));

const measured = {
  bare: [] as number[],
  hash: [] as number[],
  signIn: [] as number[],
  loadBare: [] as number[],
  load: [] as number[],
};
for (let run = 0; run < RUNS + WARM_UP; run++) {
  const one = await measure();
  if (run < WARM_UP) continue;
  for (const [name, value] of Object.entries(one)) measured[name as keyof typeof measured].push(value);
}
row("", "median", "p90", "of the bare one");
print("a bare request to the page's origin", measured.bare, measured.bare);
print("the sign-in alone", measured.hash, measured.bare);
print("from the click to the first answer", measured.signIn, measured.bare);
print("page load to a bare answer", measured.loadBare, measured.loadBare);
print("page load to the API's answer", measured.load, measured.loadBare);

function print(name: string, values: readonly number[], beside: readonly number[]): void {
  const ratio = (median(values) / median(beside)).toFixed(2);
  row(name, `${median(values).toFixed(1)} ms`, `${percentile(values, 0.9).toFixed(1)} ms`, ratio);
}

async function measure(): Promise<Record<keyof typeof measured, number>> {
  const context = await site.context();
  const tab = await openTab(place, context);
  await tab.evaluate(() => client.ready);
  const { bare, hash, signIn } = await tab.evaluate(
    async ([user, to]) => {
      const timed = async (what: () => Promise<Response>) => {
        const from = performance.now();
        await (await what()).text();
        return performance.now() - from;
      };
      await timed(() => fetch("/bare"));
      const bareMs = await timed(() => fetch("/bare"));
      const from = performance.now();
      const outcome = await client.login(user);
      const signedIn = performance.now() - from;
      const response = await client.fetch(to);
      await response.text();
      const all = performance.now() - from;
      if (!outcome.ok || !response.ok) throw new Error("not signed in");
      return { bare: bareMs, hash: signedIn, signIn: all };
    },
    [KAVYA, url] as const,
  );
  await tab.close();
  const loadBare = await load(context, "/first-bare");
  const loadMs = await load(context, "/first");
  await context.close();
  return { bare, hash, signIn, loadBare, load: loadMs };
}

/** In milliseconds from the start of the navigation. */
async function load(context: BrowserContext, path: string): Promise<number> {
  const page: Page = await context.newPage();
  await page.goto(site.url(path));
  await page.waitForFunction(() => "first" in globalThis);
  const [status, at] = await page.evaluate(() => (globalThis as unknown as { first: [number, number] }).first);
  await page.close();
  if (status !== 200) throw new Error(`${path} got ${status}`);
  return at;
}
