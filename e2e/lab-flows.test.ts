import { afterAll, beforeAll, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { openLab, tokenIn } from "./support/lab-page.ts";
import { pageFaults, WIDTHS } from "./support/page-quality.ts";
import type { Server } from "./support/server.ts";
import { startDemo } from "./support/server.ts";
import { ARJUN } from "./support/sign-in.ts";

// The Lab's session flow and token flow, in a browser, against the running demonstration.
let browser: RunningBrowser;
let directory: Directory;
let demo: Server;

beforeAll(async () => {
  browser = await launchBrowser();
  directory = await temporaryDirectory();
  demo = await startDemo(directory.path);
});

afterAll(async () => {
  await demo[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** The lesson's, word for word. */
const SIX_STEPS = [
  "User logs in",
  "Server creates a session",
  "Server stores session data",
  "Session ID sent to browser as cookie",
  "Browser sends cookie with every request",
  "Server verifies session ID",
];

const sessionFlow = (page: Page) => page.getByRole("region", { name: "The session flow" });
const tokenFlow = (page: Page) => page.getByRole("region", { name: "The token flow" });

async function press(flow: Locator, name: string) {
  await flow.getByRole("button", { name, exact: true }).click();
}

async function untilStep(flow: Locator, number: number) {
  await flow.getByText(new RegExp(String.raw`^Step ${number} of`)).waitFor();
}

const statusOf = async (cookie: string) => (await call(demo, "GET", "/dashboard", { cookie })).status;

/** Whose session the cookie is of. */
async function sidOf(cookie: string): Promise<unknown> {
  const { body } = await call(demo, "GET", "/me", { cookie });
  return (body["session"] as Record<string, unknown> | undefined)?.["sid"];
}

/** Opens all there is to open, and names the headers, cookies and bodies that say nothing of why they are there. */
async function unexplained(page: Page): Promise<readonly string[]> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  const parts = page.locator(".part");
  expect(await parts.count()).toBeGreaterThan(20);
  return parts
    .filter({ hasNot: page.locator(".why") })
    .locator("summary")
    .allTextContents();
}

test("step by step the browser is signed in by the lesson's six steps, and by the end both it and the old cookie are out", async () => {
  await using lab = await openLab(browser, demo, "flows");
  const flow = sessionFlow(lab.page);
  await flow.getByText("Step 1 signs this browser in as kavya").waitFor();
  const titles = await flow.locator(".sequence h3").allTextContents();
  expect(titles.slice(0, 6)).toEqual(SIX_STEPS.map((title, index) => `${index + 1}. ${title}`));
  expect(await lab.cookie()).toBe("");
  for (let number = 1; number <= 6; number++) {
    await press(flow, "Next step");
    await untilStep(flow, number);
  }
  const cookie = await lab.cookie();
  expect(await statusOf(cookie)).toBe(200);
  await flow.getByText(`Created: ${String(await sidOf(cookie))}`).waitFor();
  await flow.getByText("Verified: “Welcome kavya”").waitFor();
  await press(flow, "Run all");
  await untilStep(flow, 9);
  expect([await lab.cookie(), await statusOf(cookie)]).toEqual(["", 401]);
  expect(await flow.locator("details.arrow .badge").allTextContents()).toEqual(["200", "200", "204", "401", "401"]);
  // The very cookie that the browser had is what was sent again.
  const [copy] = await lab.exchanges();
  expect(copy?.request.headers).toContainEqual(["Cookie", `session_id=${cookie}`]);
  await press(flow, "Again");
  await flow.getByText("Nothing is sent yet.").waitFor();
  expect(lab.faults).toEqual([]);
});

test("whoever is signed in keeps the session, until the button that names it is pressed", async () => {
  await using lab = await openLab(browser, demo, "flows", ARJUN);
  const flow = sessionFlow(lab.page);
  await flow.getByText("This browser is signed in as arjun").waitFor();
  const cookie = await lab.cookie();
  await press(flow, "Run all");
  await untilStep(flow, 6);
  await flow.getByText("Verified: “Welcome arjun”").waitFor();
  expect(await unexplained(lab.page)).toEqual([]);
  const end = flow.getByRole("button", { name: "Next step: sign this browser out" });
  await end.waitFor();
  expect([await lab.cookie(), await statusOf(cookie)]).toEqual([cookie, 200]);
  await end.click();
  await untilStep(flow, 7);
  expect([await lab.cookie(), await statusOf(cookie)]).toEqual(["", 401]);
  await press(flow, "Run all");
  await untilStep(flow, 9);
});

test("whoever is signed in can have the sign-in shown instead, and is told that it replaces the session", async () => {
  await using lab = await openLab(browser, demo, "flows", ARJUN);
  const flow = sessionFlow(lab.page);
  const before = await lab.cookie();
  await flow.getByRole("button", { name: "Show the sign-in instead: replaces your session" }).click();
  await flow.getByText("your session in it is replaced").waitFor();
  expect(await statusOf(before)).toBe(200);
  await press(flow, "Next step");
  await untilStep(flow, 1);
  const after = await lab.cookie();
  expect([await statusOf(before), await statusOf(after)]).toEqual([401, 200]);
  // The rest of the page knows whose session it is now.
  await lab.page.getByRole("banner").getByText("kavya").waitFor();
});

test("the token flow runs without a browser's cookie: two tokens, a refresh, and both refused after the logout", async () => {
  await using lab = await openLab(browser, demo, "flows");
  const flow = tokenFlow(lab.page);
  await press(flow, "Run all");
  await untilStep(flow, 7);
  expect(await lab.cookie()).toBe("");
  const asked = (await lab.exchanges()).map(({ request, answer }) => {
    const { pathname, origin } = new URL(request.url);
    return `${origin === demo.issuer ? "server" : "api"} ${request.method} ${pathname} ${answer?.status}`;
  });
  // The API may take the token until it has heard.
  expect(asked.filter((line, index) => index < 6 || line !== "api GET /orders 200")).toEqual([
    "server POST /login 200",
    "server GET /dashboard 200",
    "api GET /orders 200",
    "server POST /refresh 200",
    "server POST /logout 204",
    "server GET /dashboard 401",
    "api GET /orders 401",
    "server POST /refresh 401",
  ]);
  expect(await unexplained(lab.page)).toEqual([]);
  expect(lab.faults).toEqual([]);
});

test("to begin the token flow again signs its client out, too", async () => {
  await using lab = await openLab(browser, demo, "flows");
  const flow = tokenFlow(lab.page);
  await press(flow, "Next step");
  await untilStep(flow, 1);
  await press(flow, "Next step");
  await untilStep(flow, 2);
  const token = tokenIn((await lab.exchanges())[1]!);
  expect((await call(demo, "GET", "/me", { token })).status).toBe(200);
  await press(flow, "Again");
  await expect.poll(async () => (await call(demo, "GET", "/me", { token })).status).toBe(401);
});

test.each([
  ["another part is looked at", (page: Page) => page.goto(`${demo.issuer}/#token`)],
  ["the page goes away", (page: Page) => page.reload()],
])("a token flow that is left half-way signs its client out: %s", async (_, leave) => {
  await using lab = await openLab(browser, demo, "flows");
  const flow = tokenFlow(lab.page);
  for (const number of [1, 2]) {
    await press(flow, "Next step");
    await untilStep(flow, number);
  }
  const token = tokenIn((await lab.exchanges())[1]!);
  expect((await call(demo, "GET", "/me", { token })).status).toBe(200);
  await leave(lab.page);
  await expect.poll(async () => (await call(demo, "GET", "/me", { token })).status, { timeout: 20_000 }).toBe(401);
});

test("while the server is out of reach a step says so, and the same button repeats it", async () => {
  await using lab = await openLab(browser, demo, "flows");
  const flow = sessionFlow(lab.page);
  await flow.getByText("Nothing is sent yet.").waitFor();
  await lab.context.setOffline(true);
  await press(flow, "Next step");
  await flow.getByRole("alert").waitFor();
  await lab.context.setOffline(false);
  await press(flow, "Next step");
  await untilStep(flow, 1);
  expect(await flow.getByRole("alert").count()).toBe(0);
});

test("the flows are as they should be for who is signed out and who is signed in: access, width, layout, no other origin", async () => {
  await using lab = await openLab(browser, demo, "flows", ARJUN);
  const url = `${demo.issuer}/#flows`;
  // Axe cannot tell the contrast of what something floats over; the colours are the same.
  const unfloat = (page: Page) => page.addStyleTag({ content: ".flows .controls { position: static !important; }" });
  const ready = async (page: Page) => {
    await unfloat(page);
    await press(tokenFlow(page), "Run all");
    await untilStep(tokenFlow(page), 7);
    await press(sessionFlow(page), "Run all");
    await untilStep(sessionFlow(page), 6);
    const request = sessionFlow(page).locator("details.arrow").first();
    await request.locator("summary").first().click();
    await request.locator(".part > summary").last().click();
  };
  expect(await pageFaults(browser, { url, state: await lab.context.storageState(), ready })).toEqual([]);
  const readyOut = async (page: Page) => {
    await sessionFlow(page).waitFor();
    await unfloat(page);
  };
  expect(await pageFaults(browser, { url, ready: readyOut })).toEqual([]);
});

/** The parts of the Lab, and something in each whose place across and size tell whether it looks as it should. */
const BOXES: Readonly<Record<string, readonly string[]>> = {
  devices: [
    ".devices > .action",
    ".devices .controls",
    ".devices .controls .button",
    ".devices .stage > .happened > h2",
  ],
  flows: [".flows .controls", ".flows .controls .button", ".flows .sequence > li", ".flows .lanes"],
  token: ["#opened", ".token-panel .button", ".token-panel .names > li", ".token-panel .forgeries > li"],
  attacks: [".attacks > p", ".attacks .attack", ".attacks .attack .button"],
  compare: [".compare table", ".compare .card", ".compare .figures > div", ".compare .card .button"],
};

/** The parts in that order, one after the other in one page, and what becomes of each of {@link BOXES}. */
async function boxesOf(page: Page, parts: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const seen: Record<string, unknown> = {};
  for (const part of parts) {
    await page.evaluate((hash) => (location.hash = hash), part);
    const selectors = BOXES[part]!;
    for (const selector of selectors) await page.locator(selector).first().waitFor();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      seen[`${part} at ${width} px`] = await page.evaluate((all) => {
        return all.map((selector) => {
          const element = document.querySelector(selector)!;
          // Not how far down it is: that depends on what the server has to tell just then.
          const { x, width: wide, height } = element.getBoundingClientRect();
          return `${selector}: ${[x, wide, height].map(Math.round).join(" ")} ${getComputedStyle(element).position}`;
        });
      }, selectors);
    }
  }
  return seen;
}

test("each part of the Lab looks the same, whichever was looked at before", async () => {
  const parts = Object.keys(BOXES);
  const look = async (order: readonly string[]) => {
    await using lab = await openLab(browser, demo, order[0]!);
    const boxes = await boxesOf(lab.page, order);
    return boxes;
  };
  const fresh = Object.assign({}, ...(await Promise.all(parts.map((part) => look([part]))))) as object;
  expect(await look(parts)).toEqual(fresh);
  expect(await look(parts.toReversed())).toEqual(fresh);
});

test("the lesson's lines for an interview are there, word for word", async () => {
  await using lab = await openLab(browser, demo, "flows");
  await sessionFlow(lab.page).waitFor();
  const text = await lab.page.locator("main").textContent();
  expect(text).toContain("“Sessions are stateful and stored on the server, which makes scaling harder.”");
  expect(text).toContain("“Short-lived access tokens reduce the impact of token leakage.”");
});
