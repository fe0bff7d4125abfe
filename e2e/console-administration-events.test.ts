import type { ServerResponse } from "node:http";
import { EVENT_TYPES } from "@counterfoil/core";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ADMINISTRATION,
  button,
  callSite,
  goTo,
  openAdministration,
  recordOf,
  signInDevice,
} from "./support/administration.ts";
import { launchBrowser } from "./support/browser.ts";
import type { RunningBrowser } from "./support/browser.ts";
import { MINUTE } from "./support/clock.ts";
import { faultyWay } from "./support/faulty-way.ts";
import { pageFaults } from "./support/page-quality.ts";
import { ARJUN, KAVYA } from "./support/sign-in.ts";
import { MOUNT, startSite } from "./support/site.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

const hasFocus = (at: Locator) => at.evaluate((element) => element === document.activeElement);

const HOSTILE = "<img src=x onerror=document.title='run'>";

test("events are searched by type and by user, and a session or a request is told as explain tells it", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const arjun = await signInDevice(site, ARJUN, { headers: { "User-Agent": HOSTILE } });
  await callSite(site, "POST", "/logout", { token: arjun.refresh });
  const page = await openAdministration(site, KAVYA, "events");
  await recordOf(page, "session_ended").waitFor();
  const types = await page.getByLabel("Type").locator("option").allTextContents();
  expect(types.slice(1)).toEqual([...EVENT_TYPES].toSorted());

  await page.getByLabel("Type").selectOption("session_opened");
  await page.getByLabel("About").fill("nobody-of-that-name");
  await button(page, "Search").click();
  await page.getByText("There is no user of that name").waitFor();
  expect(await page.getByLabel("Type").inputValue()).toBe("session_opened");
  await page.getByLabel("About").fill("arjun");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator(".records > li").count()).toBe(1);
  // A search takes the focus away from nothing.
  expect(await hasFocus(page.getByLabel("About"))).toBe(true);
  await recordOf(page, HOSTILE).getByRole("link", { name: arjun.sid }).click();
  await page.getByText(/^Session ses_.* of arjun, by bearer, opened .* ended .*: the user signed out\.$/).waitFor();
  expect(await page.locator(".records .badge").allTextContents()).toEqual(["session_opened", "session_ended"]);
  expect(await page.title()).not.toBe("run");
  // The link that led here has gone.
  await expect.poll(() => hasFocus(page.getByRole("heading", { name: "What happened" }))).toBe(true);
  await page.goBack();
  await expect.poll(() => page.locator(".records > li").count()).toBe(1);
  expect([await page.getByLabel("Type").inputValue(), await page.getByLabel("About").inputValue()]).toEqual([
    "session_opened",
    arjun.sub,
  ]);

  // What happened to a user outlasts the user.
  expect(await site.server.cf.users.delete(arjun.sub)).toBe("changed");
  await page.getByLabel("Type").selectOption("session_ended");
  await button(page, "Search").click();
  await recordOf(page, "session_ended").waitFor();
  await page.goto(site.url(`${ADMINISTRATION}#events`));
  await page.getByLabel("About").fill(arjun.sub);
  await button(page, "Search").click();
  await recordOf(page, "user_deleted").waitFor();

  await page.goto(site.url(`${ADMINISTRATION}#events?explain=${String(arjun.answer.headers["request-id"])}`));
  await page.locator('.records > li[aria-current="true"]').getByText("session_opened").waitFor();
  await page.goto(site.url(`${ADMINISTRATION}#events?explain=req_none`));
  await page.getByText("The ledger knows no session and no request of that id").waitFor();
});

test("events are followed as they are written, on from where a cut was, and not while paused", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const page = await openAdministration(site, KAVYA, "events");
  await recordOf(page, "session_opened").waitFor();
  const way = faultyWay(() => site.server.port);
  site.intercept(way.answer);
  await button(page, "Follow live").click();
  await page.getByText("Following: what happens").waitFor();
  const one = await signInDevice(site, ARJUN);
  await recordOf(page, one.sid).waitFor();

  way.follow(({ path }) => (path.includes("/admin/") ? "lose_request" : "none"));
  way.reset();
  await page.getByText("Cut off:").waitFor();
  const before = way.exchanges.length;
  const two = await signInDevice(site, ARJUN);
  await expect.poll(() => way.exchanges.length).toBeGreaterThan(before);
  expect(await recordOf(page, two.sid).count()).toBe(0);
  way.follow(null);
  await recordOf(page, two.sid).waitFor();
  await page.getByText("Following: what happens").waitFor();
  expect(await recordOf(page, two.sid).count()).toBe(1);

  // Another search is followed from where this one was.
  await page.getByLabel("Type").selectOption("session_ended");
  await button(page, "Search").click();
  await recordOf(page, two.sid).waitFor({ state: "detached" });
  await callSite(site, "POST", "/logout", { token: two.refresh });
  await recordOf(page, two.sid).getByText("session_ended").waitFor();
  await page.getByLabel("Type").selectOption("");
  await button(page, "Search").click();
  await expect.poll(() => recordOf(page, two.sid).count()).toBe(2);

  await button(page, "Pause").click();
  await page.getByText("Not following.").waitFor();
  const three = await signInDevice(site, ARJUN);
  await button(page, "Follow live").click();
  // It goes on behind what is shown: what was written meanwhile comes too.
  await recordOf(page, three.sid).waitFor();
  for (const { sid } of [one, three]) expect(await recordOf(page, sid).count()).toBe(1);
});

test("while the server is gone the page says so, keeps what was typed and shown, and goes on by itself", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const page = await openAdministration(site, KAVYA, "sessions");
  await page.getByText("this one").waitFor();
  site.intercept((_, outgoing) => outgoing.destroy());
  await page.getByText("The server is out of reach.").waitFor();
  await page.getByLabel("Of the user").fill("arj");
  await button(recordOf(page, "this one"), "End the session").click();
  await page.getByText("Nothing is lost: try again in a moment.").waitFor();
  expect(await page.getByText("this one").count()).toBe(1);
  site.intercept(null);
  const arjun = await signInDevice(site, ARJUN);
  await recordOf(page, arjun.sid).waitFor();
  await page.getByText("The server is out of reach. What is shown").waitFor({ state: "detached" });
  expect(await page.getByLabel("Of the user").inputValue()).toBe("arj");
});

test("a page that was left asks nothing more after five minutes, says so, and goes on at a movement", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const context = await site.context();
  await context.clock.install();
  const page = await openAdministration({ ...site, context: async () => context }, KAVYA, "sessions");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.getByText("this one").waitFor();
  const { sid } = await signInDevice(site, ARJUN);
  await context.clock.fastForward(10_000);
  await recordOf(page, sid).waitFor();
  await context.clock.fastForward(5 * MINUTE);
  await page.getByText("Paused until somebody uses this page again.").waitFor();
  const other = await signInDevice(site, ARJUN);
  asked.length = 0;
  await context.clock.fastForward(10 * MINUTE);
  // Whatever was asked before this has been seen when it is answered.
  await page.evaluate(async (path) => (await fetch(path)).status, `${MOUNT}/healthz`);
  expect(asked.filter((path) => path.includes("/admin/"))).toEqual([]);
  await page.mouse.move(200, 200);
  await recordOf(page, other.sid).waitFor();
  await page.getByText("Paused").waitFor({ state: "detached" });
});

test("a server that never answers, and what answers in its place, is told at the button, which can be pressed again", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const context = await site.context();
  // The page's patience, without waiting for it.
  await context.addInitScript(() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => timeout("hurried" in globalThis ? 50 : ms);
  });
  const page = await openAdministration({ ...site, context: async () => context }, KAVYA, "sessions");
  const { sid } = await signInDevice(site, ARJUN);
  const end = button(recordOf(page, sid), "End the session");
  await end.waitFor();
  const meeting = (answer: (outgoing: ServerResponse) => void) =>
    site.intercept((incoming, outgoing, onward) => (incoming.method === "DELETE" ? answer(outgoing) : onward()));
  const pressed = async (sentence: string) => {
    await end.click();
    await page.getByText(sentence).waitFor();
    expect(await end.getAttribute("aria-busy")).toBe(null);
  };
  meeting(() => undefined);
  await page.evaluate(() => Object.assign(globalThis, { hurried: true }));
  await pressed("The server is out of reach. Nothing is lost: try again in a moment.");
  await page.evaluate(() => Reflect.deleteProperty(globalThis, "hurried"));
  meeting((outgoing) => outgoing.writeHead(502, { "Content-Type": "application/json" }).end('{"message":"no"}'));
  await pressed("Something in front of the server answered in its place (502).");
  meeting((outgoing) => outgoing.writeHead(403, { "Content-Type": "text/html" }).end("<h1>Forbidden</h1>"));
  await pressed("Something in front of the server answered in its place (403).");
  site.intercept(null);
  await end.click();
  await page.getByText("The session has ended").waitFor();
});

test("the last hour is drawn, and each chart is a table too, from the event log and this process", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const arjun = await signInDevice(site, ARJUN);
  await callSite(site, "POST", "/refresh", { token: arjun.refresh });
  await site.server.cf.sessions.revoke(arjun.sid);
  const page = await openAdministration(site, KAVYA);
  const chart = page.getByRole("img", { name: "Sign-ins of the last hour, by minute 2 at most, 2 in all." });
  await chart.waitFor();
  await page.getByRole("img", { name: /^Refreshes .* 1 at most, 1 in all\.$/ }).waitFor();
  await page.getByRole("img", { name: /^Revocation latency .* ms at most\.$/ }).waitFor();
  await page.getByText("Sign-ins as a table").click();
  expect(await page.locator("table:visible tbody tr").count()).toBe(1);
  expect(await page.locator("table:visible tbody td").last().textContent()).toBe("2");
});

test("every section is sound for axe in both themes, fits 360 px, and moves nothing while it loads", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  await site.server.services.ledger.createUser({
    subject: "usr_long" as never,
    username: "x".repeat(200),
    canonicalUsername: "x".repeat(200) as never,
    passwordHash: null,
    roles: ["a".repeat(64)],
    context: null,
  });
  const { access } = await signInDevice(site, KAVYA);
  await callSite(site, "POST", "/admin/verifiers", { token: access, body: { name: "v".repeat(64) } });
  const page = await openAdministration(site, KAVYA);
  await goTo(page, "Users");
  await recordOf(page, "arjun").waitFor();
  const state = await page.context().storageState();
  const faultsOf = (section: string, ready: (opened: Page) => Promise<unknown>) =>
    pageFaults(browser, { url: site.url(`${ADMINISTRATION}#${section}`), state, ready });
  const drawn = (opened: Page) => opened.locator("figcaption", { hasText: "2 at most" }).first().waitFor();
  const listed = (opened: Page) => opened.locator(".records > li").first().waitFor();
  expect(await faultsOf("overview", drawn)).toEqual([]);
  const found: Record<string, readonly string[]> = {};
  for (const section of ["sessions", "keys", "events", "verifiers"]) found[section] = await faultsOf(section, listed);
  expect(found).toEqual({ sessions: [], keys: [], events: [], verifiers: [] });
  const managed = async (opened: Page) => {
    // As high as the dialog: of what has to be scrolled to, axe cannot tell the contrast.
    await opened.setViewportSize({ ...opened.viewportSize()!, height: 1400 });
    await button(recordOf(opened, "arjun"), "Manage").click();
    await opened.getByRole("dialog").waitFor();
  };
  expect(await faultsOf("users", listed)).toEqual([]);
  expect(await faultsOf("users", managed)).toEqual([]);
});
