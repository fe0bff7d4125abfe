import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { KAVYA } from "./support/sign-in.ts";
import { startSite } from "./support/site.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

test.each(["https", "http"] as const)("a page over %s signs in by cookie, and says who it is", async (scheme) => {
  await using site = await startSite(browser, { scheme });
  site.put("/app", '<script type="module">import * as client from "/client.js"; globalThis.client = client;</script>');
  const page = await site.page();
  await page.goto(site.url("/app"));
  const seen = await page.evaluate(async (user) => {
    const headers = { "Content-Type": "application/json" };
    const signedIn = await fetch("/auth/login", { method: "POST", headers, body: JSON.stringify(user) });
    const me = await fetch("/auth/me");
    return [isSecureContext, signedIn.status, await me.json(), "client" in globalThis];
  }, KAVYA);
  expect(seen).toMatchObject([true, 200, { user: { username: "kavya" } }, true]);
});
