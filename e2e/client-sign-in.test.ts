import type { Client, SessionState } from "@counterfoil/client";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "./support/browser.ts";
import type { RunningBrowser } from "./support/browser.ts";
import { KAVYA } from "./support/sign-in.ts";
import { startSite } from "./support/site.ts";
import type { Site } from "./support/site.ts";

declare const client: Client;
declare const states: SessionState[];

let browser: RunningBrowser;
let site: Site;

beforeAll(async () => {
  browser = await launchBrowser();
  site = await startSite(browser);
  const script = `import { createClient } from "/client.js";
    globalThis.client = createClient({ url: "/auth", apiOrigins: [location.origin] });
    globalThis.states = [];
    client.session.subscribe((state) => states.push(state));`;
  site.put("/app", `<!doctype html><title>app</title><script type="module">${script}</script>`);
  site.put("/api", (incoming, outgoing) => outgoing.end(incoming.headers.authorization ?? "none"));
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

async function open(page: Page): Promise<Page> {
  await page.goto(site.url("/app"));
  await page.waitForFunction(() => typeof client !== "undefined");
  return page;
}

test("a page is loading, then signed out, then signed in, and signed out again by its user", async () => {
  const page = await open(await site.page());
  expect(await page.evaluate(() => client.ready)).toEqual({
    status: "signed_out",
    reason: "no_session",
    endReason: null,
  });
  const wrong = await page.evaluate((body) => client.login(body), { ...KAVYA, password: "wrong" });
  expect(wrong).toMatchObject({ ok: false, code: "invalid_credentials" });
  const right = await page.evaluate((body) => client.login(body), KAVYA);
  expect(right).toMatchObject({ ok: true, user: { username: "kavya", roles: ["admin"] } });
  const sent = await page.evaluate(async () => (await client.fetch("/api")).text());
  expect(sent).toMatch(/^Bearer ey/);
  expect(await page.evaluate(() => client.sessions())).toMatchObject({ ok: true, sessions: [{ current: true }] });
  expect(await page.evaluate(() => client.logout())).toEqual({ ok: true });
  const seen = await page.evaluate(() => states);
  expect(seen.map(({ status }) => status)).toEqual(["loading", "signed_out", "signed_in", "signed_out"]);
  expect(seen.at(-1)).toMatchObject({ reason: "logout" });
});

test("all tabs of a browser are signed in by one, and signed out by another", async () => {
  const context = await site.context();
  const [one, other] = [await open(await site.page(context)), await open(await site.page(context))];
  await one.evaluate((body) => client.login(body), KAVYA);
  await other.waitForFunction(() => client.session.current.status === "signed_in");
  const third = await open(await site.page(context));
  await third.waitForFunction(() => client.session.current.status === "signed_in");
  await third.evaluate(() => client.logout());
  for (const page of [one, other]) {
    await page.waitForFunction(() => client.session.current.status === "signed_out");
    expect(await page.evaluate(() => client.session.current)).toMatchObject({ reason: "logout" });
  }
});

test("a session that is ended elsewhere ends in the page, which says why", async () => {
  const page = await open(await site.page());
  await page.evaluate((body) => client.login(body), KAVYA);
  const { sid } = (await page.evaluate(() => client.session.current)) as { sid: string };
  await new Promise((resolve) => setTimeout(resolve, 500));
  await site.server.cf.sessions.revoke(sid);
  await page.waitForFunction(() => client.session.current.status === "signed_out");
  expect(await page.evaluate(() => client.session.current)).toMatchObject({ reason: "session_over" });
});
