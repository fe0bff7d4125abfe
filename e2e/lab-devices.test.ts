import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page, Response } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { pageFaults, scriptBytes } from "./support/page-quality.ts";
import { freePort } from "./support/port.ts";
import type { Server } from "./support/server.ts";
import { startDemo } from "./support/server.ts";
import { claimsOf, KAVYA, signIn } from "./support/sign-in.ts";

// The Lab's first part in a browser that nobody is signed in with, against the demonstration as `npm start` runs it.
let browser: RunningBrowser;
let directory: Directory;
let demo: Server;
let apiPort: number;
let lab: LabPage;

beforeAll(async () => {
  directory = await temporaryDirectory();
  apiPort = await freePort();
  [browser, demo] = await Promise.all([launchBrowser(), startDemo(directory.path, { apiPort })]);
  lab = await openLab();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await demo[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const PATIENCE = { timeout: 30_000, interval: 20 };

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

interface Told {
  readonly answer: { readonly body: string } | null;
}

interface LabPage {
  readonly page: Page;
  /** What each device was last given at a sign-in or a refresh, by its `sid`. */
  readonly held: Map<string, Tokens>;
  /** What the page has said against itself: its policy, or an exception. */
  readonly complaints: string[];
}

async function openLab(prepare: (page: Page) => Promise<void> = async () => undefined): Promise<LabPage> {
  const page = await browser.chromium.newPage();
  const held = new Map<string, Tokens>();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content.Security.Policy|Trusted/i.test(message.text())) complaints.push(message.text());
  });
  page.on("response", (response) => {
    if (!/\/lab\/(?:exchanges|storms)$/.test(response.url())) return;
    void note(held, response);
  });
  await prepare(page);
  await page.goto(demo.issuer);
  await page.getByRole("heading", { name: "Device A" }).waitFor();
  return { page, held, complaints };
}

async function note(held: LabPage["held"], response: Response): Promise<void> {
  const told = (await response.json().catch(() => ({ answer: null }))) as Told & { readonly exchanges?: Told[] };
  for (const { answer } of told.exchanges ?? [told]) {
    const body = JSON.parse(answer?.body || "{}") as Partial<Tokens>;
    if (body.access_token !== undefined) held.set(claimsOf(body.access_token).sid, body as Tokens);
  }
}

/** Presses a button, and waits until it has done what it does; all that it tells. */
async function press(title: string, { page } = lab): Promise<string> {
  const told = page.locator(".entry");
  const before = await told.first().getAttribute("data-entry");
  await page.getByRole("button", { name: title, exact: true }).click();
  await expect.poll(() => told.first().getAttribute("data-entry"), PATIENCE).not.toBe(before);
  await expect.poll(() => told.first().getAttribute("data-running"), PATIENCE).toBe("false");
  const text = await told.first().innerText();
  expect([await told.first().getAttribute("data-failed"), text]).toEqual(["false", text]);
  return text;
}

async function sidOf(device: "A" | "B", { page } = lab): Promise<string> {
  return page.locator(`[data-device=${device}] dd`).first().innerText();
}

const cardOf = (device: "A" | "B", { page } = lab) => page.locator(`[data-device=${device}]`).innerText();

/** What the API and the server themselves say to the newest access token of a session. */
async function standing(sid: string, { held } = lab): Promise<readonly number[]> {
  const token = held.get(sid)!.access_token;
  const api = await fetch(`http://localhost:${apiPort}/orders`, { headers: { Authorization: `Bearer ${token}` } });
  return [api.status, (await call(demo, "GET", "/me", { token })).status];
}

const GOOD = [200, 200];
const REFUSED = [401, 401];

/** What the ledger has of a session, oldest first. */
async function eventsOf(sid: string): Promise<readonly string[]> {
  const { access } = await signIn(demo, KAVYA);
  const { body } = await call(demo, "GET", `/admin/events?sid=${sid}&limit=200`, { token: access });
  return (body["events"] as { readonly type: string }[]).map(({ type }) => type).toReversed();
}

async function apiStatus(): Promise<Record<string, unknown>> {
  const response = await fetch(`${demo.issuer}/lab/status`, { headers: { "Sec-Fetch-Site": "same-origin" } });
  return ((await response.json()) as { readonly api: Record<string, unknown> }).api;
}

const openSockets = async () => (await apiStatus())["sockets"];

test("two clicks from the first page: two devices are signed in, one is revoked, and server, API and socket refuse it in time", async () => {
  const startedAt = performance.now();
  await lab.page.setViewportSize({ width: 1280, height: 1000 });
  await lab.page.goto(demo.issuer);
  await press("Sign in as two devices");
  const [a, b] = [await sidOf("A"), await sidOf("B")];
  expect([await standing(a), await standing(b), await openSockets()]).toEqual([GOOD, GOOD, 2]);

  const told = await press("Revoke device A");
  expect(performance.now() - startedAt).toBeLessThan(60_000);
  expect([await standing(a), await standing(b), await openSockets()]).toEqual([REFUSED, GOOD, 1]);
  expect(await eventsOf(a)).toContain("session_ended");
  const redeemed = await call(demo, "POST", "/refresh", { token: lab.held.get(a)!.refresh_token });
  expect(redeemed.status).toBe(401);
  expect(told.match(/^[\d,]+ ms .*promised: 1,000 ms$/gm)).toHaveLength(3);
  // What the page measures has the waits of a busy machine in it; the API's own measure has not.
  const [, own] = /^([\d,]+) ms From the decision to its effect/m.exec(told)!;
  expect(Number(own!.replace(",", ""))).toBeLessThanOrEqual(1000);
  expect(await cardOf("A")).toMatch(/401 invalid_token after \d+ ms[^]*closed: session_ended after \d+ ms/);
  expect(await cardOf("B")).toMatch(/200 lets it in[^]*200 lets it in[^]*open/);
});

test("logging out everywhere ends both devices, wherever they are", async () => {
  await press("Sign in as two devices");
  const [a, b] = [await sidOf("A"), await sidOf("B")];
  await press("Log out everywhere");
  expect([await standing(a), await standing(b)]).toEqual([REFUSED, REFUSED]);
  await expect.poll(openSockets, PATIENCE).toBe(0);
  expect(await cardOf("B")).toContain("signed out");
});

test("a changed role reaches both devices by a refresh, and they stay the sessions that they were", async () => {
  await press("Sign in as two devices");
  const [a, b] = [await sidOf("A"), await sidOf("B")];
  const reports = async (sid: string) => {
    const headers = { Authorization: `Bearer ${lab.held.get(sid)!.access_token}` };
    return (await fetch(`http://localhost:${apiPort}/reports`, { headers })).status;
  };
  const old = lab.held.get(a)!.access_token;
  expect(await reports(a)).toBe(403);
  await press("Change the role");
  expect([await reports(a), await reports(b)]).toEqual([200, 200]);
  const refused = await call(demo, "GET", "/me", { token: old });
  expect([refused.status, refused.body["code"]]).toEqual([401, "claims_changed"]);
  expect([await sidOf("A"), await sidOf("B")]).toEqual([a, b]);
  await press("Change the role");
  expect(await reports(a)).toBe(403);
});

test("another key signs, and tokens of both keys are good", async () => {
  await press("Sign in as two devices");
  const a = await sidOf("A");
  const old = lab.held.get(a)!.access_token;
  const kidOf = (token: string) => (JSON.parse(atob(token.split(".")[0]!)) as { kid: string }).kid;
  await press("Rotate the key");
  expect(kidOf(lab.held.get(a)!.access_token)).not.toBe(kidOf(old));
  expect(await standing(a)).toEqual(GOOD);
  expect((await call(demo, "GET", "/me", { token: old })).status).toBe(200);
});

test("cut off, the API lets nobody in within the bound, and closes; healed, it goes on with the same tokens", async () => {
  await press("Sign in as two devices");
  const a = await sidOf("A");
  const told = await press("Cut the feed");
  expect(await apiStatus()).toMatchObject({ cut: true, state: "stale" });
  expect(await standing(a)).toEqual([503, 200]);
  const [, lastLetIn] = /^([\d,]+) ms The last request that was let in was sent/m.exec(told)!;
  expect(Number(lastLetIn!.replace(",", ""))).toBeLessThanOrEqual(1000);
  await expect.poll(openSockets, PATIENCE).toBe(0);
  await press("Heal the feed");
  expect(await apiStatus()).toMatchObject({ cut: false, state: "fresh" });
  expect([await standing(a), await sidOf("A")]).toEqual([GOOD, a]);
  await expect.poll(openSockets, PATIENCE).toBe(2);
});

test("fifty redemptions of one refresh token are all answered, and one successor comes of them", async () => {
  await press("Sign in as two devices");
  const before = lab.held.get(await sidOf("A"))!.refresh_token;
  const told = await press("Refresh storm of 50");
  const a = await sidOf("A");
  expect(told).toContain("50 of 50 were answered, and 1 refresh token came of it");
  const counted = async () => {
    const events = await eventsOf(a);
    return ["refresh_rotated", "refresh_repeated"].map((wanted) => events.filter((type) => type === wanted).length);
  };
  await expect.poll(counted, PATIENCE).toEqual([1, 49]);
  expect(lab.held.get(a)!.refresh_token).not.toBe(before);
  expect(await standing(a)).toEqual(GOOD);
});

test("a refresh whose answer is lost happened, and its repeat by the same key gives the successor", async () => {
  await press("Sign in as two devices");
  const a = await sidOf("A");
  await press("Lose an answer");
  // A repeat is written down a moment after it was answered.
  const events = async () => (await eventsOf(a)).filter((type) => type.startsWith("refresh_"));
  await expect.poll(events, PATIENCE).toEqual(["refresh_rotated", "refresh_repeated"]);
  expect(await standing(a)).toEqual(GOOD);
});

test("the server is started again: it signs nobody out, and the API goes on meanwhile", async () => {
  await press("Sign in as two devices");
  const [a, b] = [await sidOf("A"), await sidOf("B")];
  const told = await press("Kill and restart the server");
  expect(demo.output()).toContain("The server is back, on the same ledger.");
  expect(told).toMatch(/\d+ ms Nobody answered at the server’s port/);
  expect(told).toMatch(/answered \d+ × 200/);
  expect([await standing(a), await standing(b)]).toEqual([GOOD, GOOD]);
});

test("a button whose device is signed out signs it in first; nobody is ever signed in in the browser itself", async () => {
  await press("Sign in as two devices");
  await press("Log out everywhere");
  expect(await press("Revoke device A")).toContain("Signed in first: A and B.");
  expect(await lab.page.context().cookies()).toEqual([]);
  expect(await lab.page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
});

test("while the server is out of reach the page says so, and goes on when it is back", async () => {
  const { page } = lab;
  await press("Sign in as two devices");
  await page.route("**/lab/**", (route) => route.abort());
  await page.getByRole("button", { name: "Revoke device A", exact: true }).click();
  await expect.poll(() => page.locator(".entry").first().innerText(), PATIENCE).toMatch(/out of reach. Try again/);
  const line = page.locator(".api-line");
  await line.getByText("out of reach").waitFor();
  await page.route("**/me", (route) => route.abort());
  await page.locator("[data-device=A]").getByText("no answer").waitFor();
  await page.unroute("**/me");
  await page.unroute("**/lab/**");
  await line.getByText("hears from the server").waitFor();
  await expect.poll(() => cardOf("A"), PATIENCE).toMatch(/200 lets it in[^]*200 lets it in/);
  await press("Revoke device A");
  expect(await standing(await sidOf("A"))).toEqual(REFUSED);
});

test("what never comes to it is told in the place of its time", async () => {
  const other = await openLab((page) => page.clock.install());
  const { page } = other;
  await press("Sign in as two devices", other);
  await press("Cut the feed", other);
  await page.getByRole("button", { name: "Revoke device A", exact: true }).click();
  const entry = page.locator(".entry").first();
  await entry.filter({ hasText: "Revoke device A" }).waitFor();
  const ended = async () => {
    await page.clock.fastForward(11_000);
    return entry.getAttribute("data-running");
  };
  await expect.poll(ended, { ...PATIENCE, interval: 500 }).toBe("false");
  const told = await entry.innerText();
  expect(told).toContain("Device A refused by the API: not within ten seconds. Is the API cut off");
  expect(told).toMatch(/ms Device A refused by the server/);
  await press("Heal the feed", other);
  await other.page.close();
});

test("without WebSockets the API's event stream does as well", async () => {
  const other = await openLab(async (page) => {
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebSocket"));
  });
  await press("Sign in as two devices", other);
  expect(await cardOf("A", other)).toMatch(/event stream\s+open/);
  await press("Revoke device A", other);
  expect(await cardOf("A", other)).toMatch(/closed: session_ended after \d+ ms/);
  await other.page.close();
});

test("a page that goes away leaves none of its sessions behind", async () => {
  const other = await openLab();
  await press("Sign in as two devices", other);
  const [a, b] = [await sidOf("A", other), await sidOf("B", other)];
  expect([await standing(a, other), await standing(b, other)]).toEqual([GOOD, GOOD]);
  await other.page.reload();
  await expect
    .poll(async () => [await standing(a, other), await standing(b, other)], PATIENCE)
    .toEqual([REFUSED, REFUSED]);
  await other.page.close();
});

test("the first page is sound narrow and wide, moves nothing while it loads, and loads at most 150 kB of scripts", async () => {
  const bytes: number[] = [];
  const faults = await pageFaults(browser, {
    url: demo.issuer,
    ready: async (page) => {
      await page.locator(".api-line[data-feed=fresh]").waitFor();
      bytes.push(await scriptBytes(page));
    },
  });
  expect(faults).toEqual([]);
  expect(Math.min(...bytes)).toBeGreaterThan(10_000);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(150_000);
});

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

test.each([
  ["light", 1280],
  ["dark", 360],
] as const)(
  "axe finds nothing in the %s theme at %i px with all opened, and nothing is cut off",
  async (colorScheme, width) => {
    const { page } = lab;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(demo.issuer);
    await press("Revoke device A");
    await page.evaluate(() => {
      for (const each of document.querySelectorAll("details")) each.open = true;
    });
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>("axe.run()");
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(lab.complaints).toEqual([]);
  },
);
