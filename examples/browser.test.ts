import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import { ACTION_TIMEOUT_MS, launchBrowser } from "../e2e/support/browser.ts";
import type { RunningBrowser } from "../e2e/support/browser.ts";
import { temporaryDirectory } from "../e2e/support/directory.ts";
import type { Directory } from "../e2e/support/directory.ts";
import { freePort } from "../e2e/support/port.ts";
import { run } from "../e2e/support/process.ts";
import { cookieOf, post } from "./client.ts";
import { watchedPage } from "./seen.ts";
import { startExample } from "./start-example.ts";
import type { StartedExample } from "./start-example.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

async function newContext(): Promise<BrowserContext> {
  const context = await browser.chromium.newContext();
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  return context;
}

const shows = (page: Page, heading: string) => page.getByRole("heading", { name: heading }).waitFor();

async function signIn(page: Page, username: string, password: string): Promise<void> {
  const form = page
    .locator("form")
    .filter({ has: page.locator('[autocomplete="current-password"]') })
    .first();
  await form.getByLabel("User name").fill(username);
  await form.getByLabel("Password").fill(password);
  await form.getByRole("button", { name: "Sign in" }).click();
}

describe("browser", () => {
  const KAVYA = { username: "kavya", password: "the tram to the harbour" };
  let directory: Directory;
  let example: StartedExample;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    example = await startExample("browser/server.ts", { DATA: directory.path, API_PORT: String(await freePort()) });
  });
  afterAll(async () => {
    await example[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test("the page registers, asks the API, ends a session elsewhere and signs out, under a strict policy", async () => {
    await using context = await newContext();
    const { page, problems } = await watchedPage(context);
    await page.goto(example.url);
    await shows(page, "Please sign in");
    await signIn(page, "kavya", "a wrong password");
    await page.getByRole("alert").filter({ hasText: "Invalid credentials" }).waitFor();

    const newcomer = { username: "meera", password: "the boat leaves at dawn" };
    const register = page.locator("#register");
    await register.getByLabel("User name").fill(newcomer.username);
    await register.getByLabel("Password").fill(newcomer.password);
    await register.getByRole("button").click();
    await shows(page, "Welcome meera");
    await page.getByRole("button", { name: "Ask for the orders" }).click();
    await page.locator("#answer").filter({ hasText: '200 {"owner":"usr_' }).waitFor();

    await post(`${example.url}/auth/login`, newcomer);
    await page.reload();
    await page.getByRole("button", { name: /^End the session of/ }).click();
    await page.getByRole("status").filter({ hasText: "That session has ended." }).waitFor();
    expect(await page.locator("#sessions li").count()).toBe(1);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("status").filter({ hasText: "You are signed out." }).waitFor();
    await shows(page, "Please sign in");
    expect(problems).toEqual([]);
  });

  test("two tabs are signed in and out together, and hear of what ends the session elsewhere", async () => {
    await using context = await newContext();
    const [one, other] = [await watchedPage(context), await watchedPage(context)];
    for (const { page } of [one, other]) {
      await page.goto(`${example.url}/tabs.html`);
      await shows(page, "Nobody is signed in");
    }
    await signIn(one.page, KAVYA.username, KAVYA.password);
    await shows(other.page, "Welcome kavya");
    await other.page.getByRole("button", { name: "Ask for the orders" }).click();
    await other.page.getByText('200 {"owner":"usr_').waitFor();
    await one.page.getByRole("button", { name: "Sign out" }).click();
    await shows(other.page, "Nobody is signed in");

    await signIn(other.page, KAVYA.username, KAVYA.password);
    const [, sid] = /revoke (ses_\S+)/.exec(await one.page.getByText("sessions revoke").innerText())!;
    expect(await run(["sessions", "revoke", sid!, "--data", directory.path])).toMatchObject({ code: 0 });
    for (const { page } of [one, other]) await shows(page, "Your session is over");
    expect([...one.problems, ...other.problems]).toEqual([]);
  });
});

describe("ssr-hono", () => {
  const KAVYA = { username: "kavya", password: "password123" };
  let example: StartedExample;

  beforeAll(async () => {
    example = await startExample("ssr-hono/server.ts");
  });
  afterAll(() => example[Symbol.asyncDispose]());

  test("the server renders who is signed in, and sets no cookie by it", async () => {
    const page = async (headers = {}) => {
      const answer = await fetch(example.url, { headers });
      expect(answer.headers.get("set-cookie")).toBeNull();
      return answer.text();
    };
    expect(await page()).toMatch(/<p id="welcome" hidden>[\s\S]*<form method="post" >/);
    const cookie = cookieOf(await post(`${example.url}/auth/login`, KAVYA, { "Sec-Fetch-Site": "same-origin" }));
    expect(await page(cookie)).toMatch(
      /<p id="welcome" >\s*Welcome <b id="name">kavya<\/b>[\s\S]*<form method="post" hidden>/,
    );
  });

  test("a page that is opened while signed in never shows another state", async () => {
    await using context = await newContext();
    const { page, problems, seen } = await watchedPage(context);
    await page.goto(example.url);
    await signIn(page, KAVYA.username, KAVYA.password);
    await page.getByText("Welcome kavya").waitFor();
    const answered = page.waitForResponse("**/auth/refresh");
    await page.reload();
    await (await answered).finished();
    expect(await seen()).toEqual(["Welcome kavya Sign out"]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    expect(problems).toEqual([]);
  });
});
