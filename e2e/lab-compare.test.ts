import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Page } from "playwright-core";
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

// What the Lab measures of sessions and tokens, each figure held against the ledger, the API or the server.
let browser: RunningBrowser;
let directory: Directory;
let demo: LocalDemo;
let page: Page;
const tokens: string[] = [];

interface Told {
  readonly answer: { readonly body: string } | null;
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  [browser, demo] = await Promise.all([launchBrowser(), startLocalDemo(directory.path)]);
  page = await browser.chromium.newPage();
  page.on("response", async (response) => {
    if (!response.url().endsWith("/lab/exchanges")) return;
    // `null` where the page was left before all of it was there.
    const told = (await response.json().catch(() => null)) as Told | null;
    const { access_token: token } = JSON.parse(told?.answer?.body || "{}") as { readonly access_token?: string };
    if (token !== undefined) tokens.push(token);
  });
  await page.goto(`${demo.issuer}/#compare`);
  await page.getByRole("heading", { name: "Stored on server" }).waitFor();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await demo[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const PATIENCE = { timeout: 40_000, interval: 20 };

interface Measured {
  readonly session: string;
  readonly jwt: string;
  readonly ours: string;
  readonly text: string;
}

/** Presses a row's button, and waits until it has measured what it measures. */
async function press(id: string): Promise<Measured> {
  tokens.length = 0;
  const card = page.locator(`[data-row=${id}]`);
  await card.getByRole("button").first().click();
  const run = card.locator(".run");
  await expect.poll(() => run.getAttribute("data-running"), PATIENCE).toBe("false");
  const text = await card.innerText();
  expect([await run.getAttribute("data-failed"), text]).toEqual(["false", text]);
  const figure = (column: string) => card.locator(`[data-column=${column}] dd`).innerText();
  return { session: await figure("session"), jwt: await figure("jwt"), ours: await figure("ours"), text };
}

const numbersIn = (text: string) => (text.match(/\d[\d,.]*/g) ?? []).map((each) => Number(each.replaceAll(",", "")));

async function liveSessions(): Promise<number> {
  const { access } = await signIn(demo, ARJUN);
  const { body } = await call(demo, "GET", "/sessions", { token: access });
  await call(demo, "POST", "/logout", { token: access });
  return (body["sessions"] as unknown[]).length - 1;
}

test("the lesson's five rows are there by name, with its words and a third column", async () => {
  const rows = await page.locator("table tr").allInnerTexts();
  expect(rows.map((row) => row.split(/\s*\t\s*/))).toEqual([
    ["Feature", "Session", "JWT", "Counterfoil"],
    ["Stored on server", "Yes", "No", "Yes"],
    ["Stateless", "No", "Yes", "Where it is checked"],
    ["Scalability", "Harder", "Easier", "Easier"],
    ["Logout", "Easy", "Hard", "Easy"],
    ["Used in APIs", "Rare", "Common", "Both"],
  ]);
});

test("a session's bytes are those of its row and its index entries in the ledger's file", async () => {
  const told = await press("stored");
  const [each] = numbersIn(told.session);
  const database = new DatabaseSync(join(directory.path, "counterfoil.db"), { readOnly: true });
  // The row's own text is the least that it can take, and the same again with its keys in the indexes.
  const { least, sessions } = database
    .prepare(
      `SELECT count(*) AS sessions, CAST(avg(length(sid) + length(locator_hash) + length(subject) + length(amr)
       + length(client_id) + length(data)) AS INTEGER) AS least FROM sessions`,
    )
    .get() as { readonly least: number; readonly sessions: number };
  database.close();
  expect(each).toBeGreaterThan(least);
  expect(each).toBeLessThan(4 * least + 400);
  expect(told.text).toContain(`The ledger holds ${sessions} sessions`);
  expect(told.jwt).toContain(`${tokens[0]!.length} bytes of token`);
  expect(await liveSessions()).toBe(0);
});

test("look-ups are counted: one a request without memory, one in all with it, and none that the API makes", async () => {
  const told = await press("stateless");
  expect(told.session).toBe("20 look-ups for 20 requests");
  expect(told.ours).toMatch(/^by cookie 1 look-up for 20 requests; by token the API asked the server \d+ times$/);
  // On a busy machine it may have to catch up; it never asks for each.
  expect(numbersIn(told.ours).at(-1)).toBeLessThan(10);
  expect(told.text).toContain("40 of 40 checks let the session in. By token 20 of 20 did.");
});

test("checks a second are measured with one server and with three, in all three ways", async () => {
  const told = await press("scalability");
  const rates = [told.session, told.jwt, told.ours].map((figure) => {
    const [, one = "", three = ""] =
      /^(?:This machine has [12] cores?: three servers share (?:it|them)\. )?([\d,]+) checks a second with 1 server, ([\d,]+) with 3 \(× [\d.]+\)(?:; [\d,]+ and [\d,]+ for each core at work)?$/.exec(
        figure,
      ) ?? [];
    return [numbersIn(one)[0]!, numbersIn(three)[0]!] as const;
  });
  expect(rates.flat().every((rate) => rate > 0)).toBe(true);
  // What is remembered is faster than a signature, on whatever machine.
  expect(rates[2]![0]).toBeGreaterThan(rates[1]![0]);
  expect(told.text).toMatch(/there (?:is|are) \d+ cores? for them/);
});

test("after the sign-out the cookie and the token are refused, and the same token passes where nothing is revoked", async () => {
  const told = await press("logout");
  expect(told.session).toMatch(/^refused [\d,]+ ms after the sign-out$/);
  expect(told.ours).toMatch(/^refused by the API [\d,]+ ms after the sign-out/);
  expect(told.jwt).toMatch(/^still taken now, and for (?:5[5-9]\d|600) s more/);
  const said = await Promise.all(
    tokens.map(async (token) => {
      const headers = { Authorization: `Bearer ${token}` };
      return (await fetch(`http://localhost:${demo.apiPort}/orders`, { headers })).status;
    }),
  );
  expect(said).toEqual([401, 401]);
});

test("the API of another origin takes a token and no cookie; another site's page gets neither cookie nor answer", async () => {
  const told = await press("other-origin");
  expect(told.session).toBe("the API answered 401 not_authenticated, and the page was not given it");
  expect(told.jwt).toBe("the API answered 200 to the token, and the page read it");
  expect(told.ours).toBe("the cookie for this server, and by it (200) a token for the API: 200");
  expect(told.text).toContain(
    "asks this server for /me: sent without the cookie (SameSite), and its answer kept from that page",
  );
  expect([await page.context().cookies(), await liveSessions()]).toEqual([[], 0]);
});

test("measures answer the Lab's own page alone, within their bounds and one at a time", async () => {
  const { access, cookie } = await signIn(demo, { ...KAVYA, transport: "cookie" });
  const body = { cookie: `session_id=${cookie}`, access_token: access, duration_ms: 50 };
  const ask = async (site: string, over: object = {}) => {
    const headers = { "Sec-Fetch-Site": site, "Content-Type": "application/json" };
    const wish = { method: "POST", headers, body: JSON.stringify({ ...body, ...over }) };
    return (await fetch(`${demo.issuer}/lab/measures/checks`, wish)).status;
  };
  expect([await ask("cross-site"), await ask("same-origin", { duration_ms: 60_000 })]).toEqual([403, 400]);
  const both = await Promise.all([ask("same-origin"), ask("same-origin")]);
  expect(both.toSorted()).toEqual([200, 503]);
});

test("the page with all that a row tells is sound in both themes, narrow and wide", async () => {
  const faults = await pageFaults(browser, {
    url: `${demo.issuer}/#compare`,
    ready: async (each) => {
      const card = each.locator("[data-row=logout]");
      await card.getByRole("button").first().click();
      await card.getByText("requests behind it").click();
      await card.locator(".exchange summary").first().click();
      await each.getByText("“Session or JWT?”").click();
    },
  });
  // The API is asked from the page itself.
  expect(faults.filter((fault) => !fault.includes(`asks http://localhost:${demo.apiPort}`))).toEqual([]);
});
