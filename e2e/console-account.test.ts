import type { SecondFactor } from "@counterfoil/core";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { MINUTE } from "./support/clock.ts";
import { askPage, fillSignIn, openConsolePage, signInByForm } from "./support/console-page.ts";
import { pageFaults } from "./support/page-quality.ts";
import { NEW_PASSWORD } from "./support/password.ts";
import { ARJUN, claimsOf, KAVYA } from "./support/sign-in.ts";
import type { Site } from "./support/site.ts";
import { MOUNT, startSite } from "./support/site.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

interface User {
  readonly username: string;
  readonly password: string;
  readonly second_factor?: string;
}

const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Signs in beside the browser, and gives the `sid`. */
async function signInElsewhere({ server }: Site, deviceName: string, user: User = ARJUN): Promise<string> {
  const body = JSON.stringify({ ...user, device_name: deviceName });
  const headers = { "Content-Type": "application/json" };
  const { status, text } = await askPage(server, "POST", `${MOUNT}/login`, { body, headers });
  expect([status, text]).toEqual([200, expect.stringContaining("access_token")]);
  return claimsOf((JSON.parse(text) as { readonly access_token: string }).access_token).sid;
}

const item = (page: Page, device: string) => page.getByRole("listitem").filter({ hasText: device });

/** Why the server has ended that session; `null` while it lives. */
const endOf = async ({ server }: Site, sid: string) => (await server.cf.sessions.read(sid))!.endReason;

async function openAccount(site: Site, user: User = ARJUN) {
  const page = await openConsolePage(site, "account");
  await signInByForm(page, user);
  await heading(page, "Where you are signed in").waitFor();
  return { page, sid: await sidOf(page) };
}

/** Of the session that the page is signed in by. */
async function sidOf(page: Page): Promise<string> {
  const me: unknown = await page.evaluate(async (path) => (await fetch(path)).json(), `${MOUNT}/me`);
  return (me as { readonly session: { readonly sid: string } }).session.sid;
}

test("R109 who has a keyboard alone signs in, by a password that is hidden, pasted and known to password managers", async () => {
  await using site = await startSite(browser);
  const context = await site.context();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await openConsolePage(site, "sign-in", context);
  const name = page.getByLabel("User name");
  const password = page.getByLabel("Password", { exact: true });
  await name.waitFor();
  expect(await name.getAttribute("autocomplete")).toBe("username");
  expect([await password.getAttribute("type"), await password.getAttribute("autocomplete")]).toEqual([
    "password",
    "current-password",
  ]);
  await page.evaluate((text) => navigator.clipboard.writeText(text), KAVYA.password);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type(KAVYA.username);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ControlOrMeta+V");
  expect(await password.inputValue()).toBe(KAVYA.password);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  expect(await password.getAttribute("type")).toBe("text");
  await page.keyboard.press("Space");
  expect(await password.getAttribute("type")).toBe("password");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await heading(page, "Account").waitFor();
  expect(new URL(page.url()).pathname).toBe(`${MOUNT}/account`);
});

test("a sign-in goes on with the page that it was asked for, and nobody's link leads it elsewhere", async () => {
  await using site = await startSite(browser);
  const page = await openConsolePage(site, "sign-in#administration");
  await signInByForm(page);
  await page.waitForURL(site.url(`${MOUNT}/administration`));
  await button(page, "Sign out").click();
  await heading(page, "Sign in").waitFor();
  // What is at the server's own path has no name to stand behind the `#`.
  await page.goto(site.url(`${MOUNT}/`));
  await page.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
  await page.waitForURL(/sign-in/);
  await signInByForm(page);
  await page.waitForURL(site.url(`${MOUNT}/`));
  await button(page, "Sign out").click();
  await heading(page, "Sign in").waitFor();
  for (const hash of ["//attacker.test", "javascript:alert(1)", "../logout"]) {
    await page.goto(site.url(`${MOUNT}/sign-in#${hash}`));
    await page.reload();
    await signInByForm(page);
    await heading(page, "Account").waitFor();
    expect(page.url()).toBe(site.url(`${MOUNT}/account`));
    await button(page, "Sign out").click();
    await heading(page, "Sign in").waitFor();
  }
});

test("what is wrong with a sign-in is said, and nothing of who there is", async () => {
  await using site = await startSite(browser);
  const page = await openConsolePage(site, "sign-in");
  const told = page.getByRole("alert");
  for (const username of [` ${KAVYA.username} `, " nobody "]) {
    await fillSignIn(page, { ...KAVYA, username });
    await button(page, "Sign in").click();
    await told.filter({ hasText: "do not go together" }).waitFor();
    expect(await told.innerText()).toContain("Mind the space at an end of the user name: it counts.");
  }
  await fillSignIn(page, { ...KAVYA, password: "x".repeat(257) });
  await button(page, "Sign in").click();
  await told.filter({ hasText: "Passwords have at most 256 characters." }).waitFor();
});

test("a second factor is asked for without losing what was typed, and a wrong one is said at its own field", async () => {
  const check: SecondFactor = async ({ code }) => {
    if (code === null) return "needed";
    return code === "123456" ? { amr: ["otp"] } : "refused";
  };
  await using site = await startSite(browser, { secondFactor: check });
  const page = await openConsolePage(site, "sign-in");
  await fillSignIn(page);
  await button(page, "Sign in").click();
  const factor = page.getByLabel("Second factor");
  await factor.waitFor();
  expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe(KAVYA.password);
  const wrongThenRight = async (at: Locator) => {
    await expect.poll(() => at.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.type("654321");
    await page.keyboard.press("Enter");
    await page.getByText("That second factor was not taken.").waitFor();
    // It is selected: what is typed next takes its place.
    expect(await at.getAttribute("aria-invalid")).toBe("true");
    await page.keyboard.type("123456");
    await page.keyboard.press("Enter");
  };
  await wrongThenRight(factor);
  await heading(page, "Account").waitFor();

  site.server.clock.advance(16 * MINUTE);
  await signInElsewhere(site, "Telephone", { ...KAVYA, second_factor: "123456" });
  await item(page, "Telephone").getByRole("button").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password", { exact: true }).fill(KAVYA.password);
  await page.keyboard.press("Enter");
  await wrongThenRight(dialog.getByLabel("Second factor"));
  await page.getByText("It is ended.").waitFor();

  await heading(page, "Change the password").click();
  await page.getByLabel("Current password").fill(KAVYA.password);
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.keyboard.press("Enter");
  await wrongThenRight(page.getByLabel("Second factor"));
  await page.getByText("Your password is changed").waitFor();
});

test("another user who signs in in this browser is shown nothing of the one before, and answers for nobody else", async () => {
  await using site = await startSite(browser);
  const { page } = await openAccount(site);
  const telephone = await signInElsewhere(site, "Telephone");
  await item(page, "Telephone").waitFor();
  site.server.clock.advance(16 * MINUTE);
  await button(page, "End all others").click();
  await page.getByRole("dialog", { name: "Your password, once more" }).waitFor();
  const created = await site.server.cf.users.create({ username: "grace" });
  const { code } = (created as { readonly code: { readonly code: string } }).code;
  const other = await openConsolePage(site, "choose-password", page.context());
  await other.getByLabel("User name").fill("grace");
  await other.getByLabel("One-time code").fill(code);
  await other.getByLabel("New password").fill(NEW_PASSWORD);
  await button(other, "Set the password").click();
  await page.getByText("You are grace").waitFor();
  await button(page, "Sign out here").waitFor();
  expect([await page.getByRole("listitem").count(), await page.getByRole("dialog").count()]).toEqual([1, 0]);
  expect(await endOf(site, telephone)).toBe(null);
});

test("R109 an account is made by a password that the server takes, and what is wrong with another is said at its field", async () => {
  await using site = await startSite(browser, { registration: "open" });
  const page = await openConsolePage(site, "sign-in");
  await page.getByRole("link", { name: "Create an account" }).click();
  const password = page.getByLabel("Password", { exact: true });
  await password.waitFor();
  expect(await password.getAttribute("autocomplete")).toBe("new-password");
  await page.getByText("At least 15 characters").waitFor();
  await page.getByLabel("User name").fill("grace");
  await password.fill("short");
  await button(page, "Create the account").click();
  await page.getByText("A password has at least 15 characters").waitFor();
  expect(await password.evaluate((element) => element.getAttribute("aria-invalid"))).toBe("true");
  expect(await page.getByLabel("User name").inputValue()).toBe("grace");
  // The name of somebody else is not told to be taken; it only opens nothing.
  await page.getByLabel("User name").fill(KAVYA.username);
  await password.fill(NEW_PASSWORD);
  await button(page, "Create the account").click();
  await page.getByText("somebody may have it already").waitFor();
  await page.getByLabel("User name").fill("grace");
  await button(page, "Create the account").click();
  await heading(page, "Account").waitFor();
  const { subject } = (await site.server.cf.users.find("grace"))!;
  expect(await site.server.cf.sessions.list(subject)).toHaveLength(1);
});

test("R109 whom an administrator has added chooses a password in the browser by the one-time code, once", async () => {
  await using site = await startSite(browser);
  const created = await site.server.cf.users.create({ username: "grace" });
  const { code } = (created as { readonly code: { readonly code: string } }).code;
  const page = await openConsolePage(site, "choose-password");
  const fill = async (opened: Page, given: string) => {
    await opened.getByLabel("User name").fill("grace");
    await opened.getByLabel("One-time code").fill(given);
    await opened.getByLabel("New password").fill(NEW_PASSWORD);
    await button(opened, "Set the password").click();
  };
  await fill(page, `cfp_${"A".repeat(22)}`);
  await expect.poll(() => page.getByLabel("One-time code").getAttribute("aria-invalid")).toBe("true");
  await fill(page, ` ${code} `);
  await heading(page, "Account").waitFor();
  const other = await openConsolePage(site, "choose-password");
  await fill(other, code);
  await expect.poll(() => other.getByLabel("One-time code").getAttribute("aria-invalid")).toBe("true");
});

test("the account shows what begins and ends elsewhere, and ends one by its button: its page says why", async () => {
  await using site = await startSite(browser);
  const mine = await openAccount(site);
  const other = await openAccount(site);
  await item(mine.page, "New").waitFor();
  expect(await mine.page.getByRole("listitem").count()).toBe(2);
  await button(mine.page, "Sign out here").waitFor();
  await mine.page.getByRole("button", { name: /^End .*signed in/ }).click();
  await heading(other.page, "Sign in").waitFor();
  await other.page.getByText("This sign-in was ended from another of your devices.").waitFor();
  expect([await endOf(site, other.sid), await endOf(site, mine.sid)]).toEqual(["ended_by_user", null]);
  const ended = item(mine.page, "Ended");
  await ended.waitFor();
  // Who pressed the button is where it was.
  expect(await ended.evaluate((element) => element === document.activeElement)).toBe(true);

  const third = await signInElsewhere(site, "A third device");
  await item(mine.page, "A third device").waitFor();
  await site.server.cf.sessions.revoke(third);
  await item(mine.page, "A third device").filter({ hasText: "Ended" }).waitFor();
});

test("after a while the password is asked for first: Escape leaves all as it is, a wrong one is said, and the right one goes on", async () => {
  await using site = await startSite(browser);
  const { page, sid } = await openAccount(site);
  const others = [await signInElsewhere(site, "Telephone"), await signInElsewhere(site, "Tablet")];
  await item(page, "Tablet").waitFor();
  site.server.clock.advance(16 * MINUTE);
  const all = button(page, "End all others");
  await all.click();
  const dialog = page.getByRole("dialog", { name: "Your password, once more" });
  await dialog.waitFor();
  const password = dialog.getByLabel("Password", { exact: true });
  await expect.poll(() => password.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => all.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await Promise.all(others.map((each) => endOf(site, each)))).toEqual([null, null]);

  await page.keyboard.press("Enter");
  await password.fill("not it");
  await page.keyboard.press("Enter");
  await dialog.getByText("That is not the password of this user.").waitFor();
  await password.fill(ARJUN.password);
  await page.keyboard.press("Enter");
  await page.getByText("All others are ended.").waitFor();
  expect(await Promise.all(others.map((each) => endOf(site, each)))).toEqual(["ended_by_user", "ended_by_user"]);
  expect(await endOf(site, sid)).toBe(null);
});

test("a changed password ends the others, and this page goes on", async () => {
  await using site = await startSite(browser);
  const { page, sid } = await openAccount(site);
  const other = await signInElsewhere(site, "Telephone");
  await heading(page, "Change the password").click();
  const change = async (current: string, next: string) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password").fill(next);
    await button(page, "Change the password").click();
  };
  await change("not it", NEW_PASSWORD);
  await page.getByText("That is not the password of this user.").waitFor();
  await change(ARJUN.password, "arjunarjunarjun");
  await page.getByText("made of the user name").waitFor();
  expect(await page.getByLabel("Current password").inputValue()).toBe(ARJUN.password);
  await change(ARJUN.password, NEW_PASSWORD);
  await page.getByText("Your password is changed").waitFor();
  expect([await endOf(site, sid), await endOf(site, other)]).toEqual([null, "password_changed"]);
  await signInElsewhere(site, "Telephone", { ...ARJUN, password: NEW_PASSWORD });
});

test("to sign out everywhere ends every session, and each page says so at once", async () => {
  await using site = await startSite(browser);
  const mine = await openAccount(site);
  const other = await openAccount(site);
  await button(mine.page, "Sign out everywhere").click();
  await heading(mine.page, "Sign in").waitFor();
  await heading(other.page, "Sign in").waitFor();
  await other.page.getByText("You have signed out everywhere.").waitFor();
  expect([await endOf(site, mine.sid), await endOf(site, other.sid)]).toEqual(["logout_all", "logout_all"]);
  expect(await mine.page.context().cookies()).toEqual([]);
});

test("R024 each page of somebody who is signed in shows a way out, which a POST makes", async () => {
  await using site = await startSite(browser);
  for (const name of ["", "account", "administration", "choose-password"]) {
    const page = await openConsolePage(site, "account");
    await signInByForm(page);
    await page.goto(site.url(`${MOUNT}/${name}`));
    const way = button(page, "Sign out");
    await way.waitFor();
    const sid = await sidOf(page);
    const told = page.waitForRequest((request) => request.url().endsWith("/logout"));
    await way.click();
    expect([name, (await told).method()]).toEqual([name, "POST"]);
    await expect.poll(() => endOf(site, sid)).toBe("logout");
  }
});

test("while the server is away nothing typed is lost, and the pages say so and go on by themselves", async () => {
  await using site = await startSite(browser);
  const { page } = await openAccount(site);
  const out = await openConsolePage(site, "sign-in");
  await fillSignIn(out);
  site.intercept((_, outgoing) => outgoing.destroy());
  await button(out, "Sign in").click();
  await out.getByText("What you typed is kept").waitFor();
  expect(await out.getByLabel("Password", { exact: true }).inputValue()).toBe(KAVYA.password);
  const notice = page.getByText("The server is out of reach. This list may be old");
  await page.mouse.move(50, 50);
  await notice.waitFor();
  site.intercept(null);
  await button(out, "Sign in").click();
  await heading(out, "Account").waitFor();
  await notice.waitFor({ state: "detached" });
});

test("the list of sessions asks nothing more once nobody has used it for five minutes, and goes on at a movement", async () => {
  await using site = await startSite(browser);
  const context = await site.context();
  await context.clock.install();
  const page = await openConsolePage(site, "account", context);
  await signInByForm(page, ARJUN);
  await button(page, "Sign out here").waitFor();
  await context.clock.fastForward(5 * MINUTE);
  await page.getByText("Paused until somebody uses this page again.").waitFor();
  await signInElsewhere(site, "Telephone");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await context.clock.fastForward(10 * MINUTE);
  await page.evaluate(async (path) => (await fetch(path)).status, `${MOUNT}/healthz`);
  expect(asked).not.toContain(`${MOUNT}/sessions`);
  await page.mouse.move(200, 200);
  await item(page, "Telephone").waitFor();
});

test("who signs out while the server is away is signed out here, is told that the server is to hear of it, and it does", async () => {
  await using site = await startSite(browser);
  for (const way of ["Sign out here", "Sign out"]) {
    const { page, sid } = await openAccount(site);
    await button(page, way).waitFor();
    site.intercept((_, outgoing) => outgoing.destroy());
    await button(page, way).click();
    await heading(page, "Sign in").waitFor();
    await page.getByText("will be told as soon as it is back").waitFor();
    site.intercept(null);
    await expect.poll(() => endOf(site, sid), { timeout: 20_000 }).toBe("logout");
  }
});

const HOSTILE = `<img src=x onerror=alert(1)>&amp;שלום`;

test("R102 hostile names are text, break no page, and axe finds nothing; nothing moves while a page loads", async () => {
  const user = { username: `${HOSTILE}${"w".repeat(200 - HOSTILE.length)}`, password: ARJUN.password };
  await using site = await startSite(browser, { registration: "open", users: [user] });
  const context = await site.context();
  const page = await openConsolePage(site, "account", context);
  await signInByForm(page, user);
  const device = `${HOSTILE}${"w".repeat(64 - HOSTILE.length)}`;
  await signInElsewhere(site, device, user);
  await item(page, device).waitFor();
  expect(await page.locator("main img").count()).toBe(0);

  const state = await context.storageState();
  const url = (name: string) => site.url(`${MOUNT}/${name}`);
  const faults = await pageFaults(browser, {
    url: url("account"),
    state,
    ready: async (opened) => {
      await item(opened, device).waitFor();
    },
  });
  expect(faults).toEqual([]);
  for (const name of ["sign-in", "create-account", "choose-password"]) {
    const ready = (opened: Page) => opened.getByLabel("User name").waitFor();
    expect([name, await pageFaults(browser, { url: url(name), ready })]).toEqual([name, []]);
  }
});

test("axe finds nothing in a form that was refused, in the form for a new password, nor in the question for the password", async () => {
  await using site = await startSite(browser);
  const context = await site.context();
  await signInByForm(await openConsolePage(site, "account", context), ARJUN);
  const state = await context.storageState();
  await signInElsewhere(site, "Telephone");
  site.server.clock.advance(16 * MINUTE);
  const faults = await pageFaults(browser, {
    url: site.url(`${MOUNT}/account`),
    state,
    ready: async (opened) => {
      await heading(opened, "Change the password").click();
      await item(opened, "Telephone").getByRole("button").click();
      const dialog = opened.getByRole("dialog");
      await dialog.getByLabel("Password", { exact: true }).fill("not it");
      await opened.keyboard.press("Enter");
      await dialog.getByText("That is not the password of this user.").waitFor();
    },
  });
  expect(faults.filter((fault) => !fault.includes("moves:"))).toEqual([]);
});
