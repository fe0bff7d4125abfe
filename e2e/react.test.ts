import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import type { Page } from "playwright-core";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "@counterfoil/client";
import type { SessionState } from "@counterfoil/client";
import { watchedPage } from "../examples/seen.ts";
import { application, Greeting } from "./react/application.ts";
import { launchBrowser } from "./support/browser.ts";
import type { RunningBrowser } from "./support/browser.ts";
import { bundleForBrowser } from "./support/bundle.ts";
import { KAVYA } from "./support/sign-in.ts";
import { startSite } from "./support/site.ts";
import type { Site } from "./support/site.ts";

const NAMED_KAVYA: SessionState = {
  status: "signed_in",
  user: { sub: "usr_kavya", username: KAVYA.username, roles: [] },
  sid: "ses_a",
};

let browser: RunningBrowser;
let site: Site;

beforeAll(async () => {
  browser = await launchBrowser();
  site = await startSite(browser);
  for (const name of ["hydrated", "tearing"]) {
    site.put(`/${name}.js`, await bundleForBrowser(new URL(`react/${name}.ts`, import.meta.url)));
  }
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

/** As a server renders it, for whoever it takes to be signed in. */
function serverPage(initial?: SessionState): string {
  const html = renderToString(application(createClient({ url: "/auth" }), initial, Greeting));
  const data = initial === undefined ? "" : JSON.stringify(initial);
  return `<!doctype html><script id="initial" type="application/json">${data}</script>
    <div id="root">${html}</div><script type="module" src="/hydrated.js"></script>`;
}

const call = (page: Page, expression: string) => page.evaluate(`void ${expression}`);
const shows = (page: Page, text: string) => page.locator("main").and(page.getByText(text)).waitFor();
const whole = (one: string, late: string) => `${one}${late}`;

async function signedInContext() {
  const context = await site.context();
  const page = await site.page(context);
  await page.evaluate(async (user) => {
    const headers = { "Content-Type": "application/json" };
    await fetch("/auth/login", { method: "POST", headers, body: JSON.stringify(user) });
  }, KAVYA);
  return context;
}

test("what the server has rendered stands, through hydration and beyond, and a sign-out elsewhere ends it", async () => {
  site.put("/signed-in", serverPage(NAMED_KAVYA));
  const context = await signedInContext();
  const { page, problems, seen } = await watchedPage(context);
  const refreshes: string[] = [];
  page.on("request", (request) => request.url().endsWith("/refresh") && refreshes.push(request.url()));
  const answered = page.waitForResponse("**/auth/refresh");
  await page.goto(site.url("/signed-in"));
  await (await answered).finished();
  await call(page, "arrive()");
  await page.evaluate("client.ready");
  expect(await seen()).toEqual(["Welcome kavya\n\nWelcome kavya"]);

  const other = await site.page(context);
  await other.goto(site.url("/signed-in"));
  await other.evaluate("client.logout()");
  await shows(page, whole("signed_out", "signed_out"));
  // StrictMode subscribes, leaves and subscribes again; it is one client.
  expect(refreshes).toHaveLength(1);
  expect(problems).toEqual([]);
});

test("a part of the page that hydrates after the state has moved on is found as the server rendered it, and follows", async () => {
  site.put("/stale", serverPage(NAMED_KAVYA));
  const { page, problems } = await watchedPage(await site.context());
  await page.goto(site.url("/stale"));
  await shows(page, whole("signed_out", "Welcome kavya"));
  await call(page, "arrive()");
  await shows(page, whole("signed_out", "signed_out"));
  expect(problems).toEqual([]);
});

test("without anything of the server's the page is loading, until the client knows", async () => {
  site.put("/unknown", serverPage());
  const { page, problems, seen } = await watchedPage(await signedInContext());
  await page.goto(site.url("/unknown"));
  await call(page, "arrive()");
  await shows(page, whole("Welcome kavya", "Welcome kavya"));
  const [first] = await seen();
  expect(first).toBe("loading\n\nloading");
  expect(problems).toEqual([]);
});

test("no two parts of a page disagree about who is signed in, also where the state changes while React renders", async () => {
  site.put("/tearing", '<div id="root"></div><script type="module" src="/tearing.js"></script>');
  const { page, problems } = await watchedPage(await site.context());
  await page.goto(site.url("/tearing"));
  await page.waitForFunction("globalThis.fill");
  const shownThen = await page.evaluate(
    (state) => (globalThis as unknown as { fill: (state: SessionState) => Promise<number> }).fill(state),
    NAMED_KAVYA,
  );
  expect(shownThen).toBe(0);
  await page.waitForFunction("document.querySelectorAll('i').length === 40 && commits.at(-1).includes('signed_in')");
  const commits = (await page.evaluate("commits")) as readonly (readonly string[])[];
  expect(commits.filter((statuses) => statuses.length > 1)).toEqual([]);
  expect(commits.at(-1)).toEqual(["signed_in"]);
  expect(problems).toEqual([]);
});

test("the ten lines of docs/browser.md are a page that signs in and out, in two tabs", async () => {
  const guide = readFileSync(new URL("../docs/browser.md", import.meta.url), "utf8");
  const [, html] = /^```html\n([\s\S]*?)^```$/m.exec(guide)!;
  const [, program] = /^```ts\n([\s\S]*?)^```$/m.exec(guide)!;
  const imports = JSON.stringify({ imports: { "@counterfoil/client": "/client.js" } });
  site.put("/ten-lines", `<!doctype html><script type="importmap">${imports}</script>${html!.replace(".ts", ".js")}`);
  site.put("/page.js", stripTypeScriptTypes(program!));
  const context = await site.context();
  const [one, other] = [await watchedPage(context), await watchedPage(context)];
  for (const { page } of [one, other]) await page.goto(site.url("/ten-lines"));
  await one.page.getByText("signed_out").waitFor();
  await one.page.getByLabel("User name").fill(KAVYA.username);
  await one.page.getByLabel("Password").fill("a wrong password");
  await one.page.getByRole("button", { name: "Sign in" }).click();
  await one.page.getByText("Invalid credentials").waitFor();
  await one.page.getByLabel("Password").fill(KAVYA.password);
  await one.page.getByRole("button", { name: "Sign in" }).click();
  await other.page.getByText("Welcome kavya").waitFor();
  await other.page.getByRole("button", { name: "Sign out" }).click();
  await one.page.getByText("signed_out").waitFor();
  expect([...one.problems, ...other.problems]).toEqual([]);
});
