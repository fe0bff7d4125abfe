import type { Page, Response } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { LocalDemo } from "./support/local-demo.ts";
import { startLocalDemo } from "./support/local-demo.ts";
import { pageFaults } from "./support/page-quality.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

// The Lab's attacks in a browser that nobody is signed in with: what they tell is held against the ledger and the API.
let browser: RunningBrowser;
let directory: Directory;
let demo: LocalDemo;
let page: Page;
/** What the page has the demonstration send, and what came of it. */
const exchanged: Exchange[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory();
  [browser, demo] = await Promise.all([launchBrowser(), startLocalDemo(directory.path)]);
  page = await browser.chromium.newPage();
  page.on("response", (response) => void note(response));
  await page.goto(`${demo.issuer}/#attacks`);
  await page.getByRole("heading", { name: "A script reads" }).waitFor();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await demo[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const PATIENCE = { timeout: 30_000, interval: 20 };

interface Exchange {
  readonly request: { readonly url: string; readonly headers: [string, string][]; readonly body: string };
  readonly answer: { readonly status: number; readonly headers: [string, string][]; readonly body: string } | null;
}

async function note(response: Response): Promise<void> {
  if (!response.url().endsWith("/lab/exchanges")) return;
  const told = (await response.json().catch(() => null)) as Exchange | null;
  if (told !== null) exchanged.push(told);
}

interface Told {
  /** Each step, with its verdict before it. */
  readonly steps: readonly string[];
  readonly text: string;
  readonly measures: readonly string[];
}

/** Presses an attack's button, and waits until it has done what it does. */
async function press(id: string, meanwhile: () => Promise<void> = async () => undefined): Promise<Told> {
  exchanged.length = 0;
  const card = page.locator(`[data-attack=${id}]`);
  await card.getByRole("button").first().click();
  await meanwhile();
  const run = card.locator(".run");
  await expect.poll(() => run.getAttribute("data-running"), PATIENCE).toBe("false");
  const text = await card.innerText();
  expect([await run.getAttribute("data-failed"), text]).toEqual(["false", text]);
  const steps = await run
    .locator(".steps li:not([data-ms])")
    .evaluateAll((all) =>
      all.map((each) => `${each.getAttribute("data-verdict") ?? "-"}: ${(each as HTMLElement).innerText}`),
    );
  return { steps, text, measures: await run.locator(".steps li[data-ms]").allInnerTexts() };
}

const verdicts = ({ steps }: Told) => steps.map((step) => step.split(":", 1)[0]);

/** The access tokens that were handed out in the last attack, oldest first. */
const tokens = () =>
  exchanged.flatMap(({ answer }) => {
    const body = JSON.parse(answer?.body || "{}") as { readonly access_token?: string };
    return body.access_token === undefined ? [] : [body.access_token];
  });

async function apiSays(token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`http://localhost:${demo.apiPort}/orders`, { headers })).status;
}

async function eventsOf(query: string): Promise<readonly string[]> {
  const { access } = await signIn(demo, KAVYA);
  const { body } = await call(demo, "GET", `/admin/events?limit=200&${query}`, { token: access });
  return (body["events"] as { readonly type: string }[]).map(({ type }) => type);
}

async function liveSessions(): Promise<number> {
  const { access } = await signIn(demo, ARJUN);
  const { body } = await call(demo, "GET", "/sessions", { token: access });
  await call(demo, "POST", "/logout", { token: access });
  return (body["sessions"] as unknown[]).length - 1;
}

const cookies = async () => (await page.context().cookies()).map(({ name }) => name);

test("a script finds no token in the cookie or the storages, acts as the user while the page is open, and keeps nothing", async () => {
  const told = await press("script");
  expect(told.text).toMatch(
    /document\.cookie: empty[^]*localStorage: empty[^]*sessionStorage: empty[^]*IndexedDB: empty/,
  );
  expect(told.steps.filter((step) => step.startsWith("works"))).toEqual([
    expect.stringContaining("GET /me: 200, as arjun"),
    expect.stringContaining("POST /refresh"),
  ]);
  expect(told.steps.filter((step) => /Trusted Types|another site/.test(step)).map((step) => step.slice(0, 7))).toEqual([
    "refused",
    "refused",
  ]);
  expect(told.measures).toEqual([expect.stringMatching(/^[\d,]+ ms From the sign-out/)]);
  expect([await cookies(), await liveSessions()]).toEqual([[], 0]);
});

test("what another site sends comes without the cookie, is refused, and the visitor's own session lives", async () => {
  await page.evaluate(async (user) => {
    await fetch("login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(user),
    });
  }, KAVYA);
  const told = await press("other-site");
  expect(new Set(verdicts(told))).toEqual(new Set(["refused"]));
  expect(told.text).toMatch(/The form: sent without the cookie, Sec-Fetch-Site: cross-site; answered 403 csrf_refused/);
  expect(told.text).toMatch(
    /simple request: sent without the cookie, Sec-Fetch-Site: cross-site; answered 403 csrf_refused/,
  );
  expect(told.text).toMatch(/JSON: the browser asked first whether it may \(403 csrf_refused\)/);
  expect(told.text).toContain("403 csrf_refused and 403 csrf_refused, by Sec-Fetch-Site and by Origin");
  const me = await page.evaluate(async () => (await fetch("me")).status);
  expect(me).toBe(200);
  await page.evaluate(async () => {
    await fetch("logout", { method: "POST" });
  });
});

test("a copied cookie works until the user ends that session from the list, and then is refused at once", async () => {
  const told = await press("hijacking");
  expect(verdicts(told)).toEqual(["-", "works", "works", "-", "-", "refused"]);
  expect(told.text).toContain("among them “The user’s browser”");
  expect(told.measures).toHaveLength(2);
  expect(await Promise.all(tokens().map(apiSays))).toEqual([401, 401, 401]);
  const [, cookie] = exchanged
    .map(({ request }) => request.headers.find(([name]) => name === "Cookie")?.[1] ?? "")
    .toSorted()
    .toReversed();
  expect((await call(demo, "GET", "/me", { headers: { Cookie: cookie } })).status).toBe(401);
  expect(await liveSessions()).toBe(0);
});

test("a planted cookie, invented or the attacker's own, is good for nothing after the sign-in", async () => {
  const told = await press("fixation");
  expect(verdicts(told)).toEqual(["refused", "refused", "refused"]);
  const sent = exchanged.filter(({ request }) => request.url.endsWith("/login"));
  const set = sent.map(
    ({ answer }) => answer!.headers.find(([name]) => name.toLowerCase() === "set-cookie")![1].split(";")[0],
  );
  const planted = sent.map(({ request }) => request.headers.find(([name]) => name === "Cookie")?.[1]);
  expect([new Set(set).size, planted[2]]).toEqual([3, set[0]]);
  expect(await eventsOf("type=session_ended")).toContain("session_ended");
  expect((await call(demo, "GET", "/me", { headers: { Cookie: set[0] } })).status).toBe(401);
});

test("a token in localStorage is found by a script and works from elsewhere; ours leaves none there", async () => {
  const told = await press("local-storage");
  expect(verdicts(told)).toEqual(["works", "works", "-", "refused"]);
  const [token] = tokens();
  const stolen = exchanged.filter(({ request }) => request.headers.some(([, value]) => value === `Bearer ${token}`));
  expect(stolen.map(({ request, answer }) => [new URL(request.url).pathname, answer!.status])).toEqual([
    ["/me", 200],
    ["/orders", 200],
  ]);
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
  expect(await liveSessions()).toBe(0);
});

test("an access token is refused by the API after the sign-out, long before it expires", async () => {
  const told = await press("after-logout");
  expect(verdicts(told)).toEqual(["works", "-", "refused"]);
  expect(told.text).toContain("The thief, after it: 401 invalid_token, though the token was signed for 10 minutes");
  expect(told.measures[0]).toMatch(/^[\d,]+ ms From the sign-out until the API refused the token/);
  expect(await apiSays(tokens()[0]!)).toBe(401);
});

test("a refresh token that is used again within 30 seconds gives the same successor, and after them ends its session alone", async () => {
  await page.clock.install();
  const told = await press("refresh-replay", async () => {
    const bar = page.getByRole("progressbar");
    await bar.waitFor();
    expect(await apiSays(tokens()[0]!)).toBe(200);
    demo.clock.advance(32_000);
    await page.clock.fastForward(32_000);
  });
  await page.clock.resume();
  expect(told.text).toContain("at once: 200, and the same token 1");
  expect(told.text).toContain("presents token 0 again: 401 invalid_grant");
  expect(told.text).toMatch(/The owner’s other device: 200/);
  expect(verdicts(told).filter((verdict) => verdict === "refused")).toHaveLength(2);
  expect(told.measures).toHaveLength(2);
  expect(await eventsOf("type=refresh_reused")).toEqual(["refresh_reused"]);
  expect(await liveSessions()).toBe(0);
});

test("whoever does not want to wait for it stops, and both devices are signed out", async () => {
  const told = await press("refresh-replay", () => page.getByRole("button", { name: "Stop waiting" }).click());
  expect(told.text).toContain("You did not wait");
  expect([await eventsOf("type=refresh_reused"), await liveSessions()]).toEqual([["refresh_reused"], 0]);
});

test("guessing is stopped after twenty tries, twice as well as once, and locks out nobody who is known here", async () => {
  const told = await press("guessing");
  expect(told.text).toMatch(
    /2\d were checked, and wrong \(401\)\. \d were not even looked at \(429\); the server says to wait \d+ s/,
  );
  const again = await press("guessing");
  expect(again.text).toMatch(/2[1-4] were not even looked at/);
  expect(verdicts(again)).toEqual(["refused", "-"]);
  expect((await signIn(demo, KAVYA)).answer.status).toBe(200);
});

test("while the server is out of reach the card says so, and the button works again when it is back", async () => {
  await page.route("**/lab/**", (route) => route.abort());
  const card = page.locator("[data-attack=after-logout]");
  await card.getByRole("button").first().click();
  await expect.poll(() => card.innerText(), PATIENCE).toMatch(/out of reach. Try again/);
  await page.unroute("**/lab/**");
  expect(verdicts(await press("after-logout"))).toEqual(["works", "-", "refused"]);

  // A request of the page's own: no fault of its scripts.
  const faults: string[] = [];
  page.on("pageerror", ({ message }) => faults.push(message));
  const script = page.locator("[data-attack=script]");
  await page.route("**/refresh", (route) => route.abort());
  await script.getByRole("button").first().click();
  await script.getByText("out of reach. Try again").waitFor();
  await page.unroute("**/refresh");
  expect([faults, await cookies()]).toEqual([[], []]);
});

test("what nobody has decided is no refusal: of an API that is cut off, and of a request that nobody can tell of", async () => {
  const act = (name: string) =>
    page.evaluate(async (action) => {
      const headers = { "Content-Type": "application/json" };
      return (await fetch(`lab/actions/${action}`, { method: "POST", headers, body: "{}" })).status;
    }, name);
  const { access } = await signIn(demo, ARJUN);
  expect(await act("cut")).toBe(200);
  await expect.poll(() => apiSays(access), PATIENCE).toBe(503);
  const told = await press("script");
  expect(told.steps.at(-1)).toBe("-: What the API says to the token that it took: 503.");
  expect(told.text).toContain("not within ten seconds");
  const later = await press("after-logout");
  expect(new Set(verdicts(later))).toEqual(new Set(["-"]));
  expect(await act("heal")).toBe(200);
  await call(demo, "POST", "/logout", { token: access });

  await page.route("**/lab/traces/**", (route) => route.abort());
  const card = page.locator("[data-attack=other-site]");
  await card.getByRole("button").first().click();
  await expect.poll(() => card.innerText(), PATIENCE).toMatch(/out of reach. Try again/);
  expect(await card.locator("[data-verdict=refused]").count()).toBe(0);
  await page.unroute("**/lab/traces/**");
  expect([await cookies(), await liveSessions()]).toEqual([[], 0]);
});

test("the page with all that an attack tells is sound in both themes, narrow and wide", async () => {
  const faults = await pageFaults(browser, {
    url: `${demo.issuer}/#attacks`,
    ready: async (each) => {
      const card = each.locator("[data-attack=after-logout]");
      await card.getByRole("button").first().click();
      await card.getByText("The line of defence.").waitFor();
      await card.getByText("requests behind it").click();
      await card.locator(".exchange summary").first().click();
      await each.getByText("Where do you keep tokens").click();
    },
  });
  // What another site's page and the API are asked for is the attack.
  expect(faults.filter((fault) => !fault.includes(`asks http://localhost:${demo.apiPort}`))).toEqual([]);
});
