import type { Subject } from "@counterfoil/core";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { button, callSite, goTo, openAdministration, recordOf, signInDevice } from "./support/administration.ts";
import { launchBrowser } from "./support/browser.ts";
import type { RunningBrowser } from "./support/browser.ts";
import { MINUTE } from "./support/clock.ts";
import { askFrom } from "./support/page-request.ts";
import { ARJUN, KAVYA } from "./support/sign-in.ts";
import { startSite } from "./support/site.ts";

/** Markup, a mark that turns the direction of what follows, and no place to break at. */
const HOSTILE = `<img src=x onerror="document.title='run'">\u202Eabc${"x".repeat(120)}`;
const USERS = [{ ...KAVYA, roles: ["admin"] }, ARJUN, { username: HOSTILE.replace("\u202E", ""), password: null }];

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

test("who is no administrator is told so, and is sent nothing of it", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const asked: string[] = [];
  const context = await site.context();
  context.on("request", (request) => asked.push(request.url()));
  const page = await openAdministration({ ...site, context: async () => context }, ARJUN, "users");
  await page.getByText("This page is for the role admin, which arjun does not have.").waitFor();
  expect(await page.getByRole("link", { name: "Administration" }).count()).toBe(0);
  expect(asked.filter((url) => /\/admin\/|administration-|-section/.test(url))).toEqual([]);
  for (const path of ["users", "sessions", "keys", "events", "verifiers", "activity"]) {
    const { status, body } = await askFrom(page, "GET", `/auth/admin/${path}`);
    expect([status, body["code"]]).toEqual([403, "insufficient_role"]);
  }
});

test("users are found by how their name begins, added, changed and deleted, and the ledger says so", async () => {
  await using site = await startSite(browser, { scheme: "http", users: USERS });
  const { ledger } = site.server.services;
  const page = await openAdministration(site, KAVYA, "users");
  await recordOf(page, "<img src=x").waitFor();
  expect(await page.title()).not.toBe("run");
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);

  await button(page, "Add a user").click();
  await page.getByLabel("User name").fill("meera");
  await page.getByLabel("Roles").fill("editor, user");
  await button(page.getByRole("dialog"), "Add").click();
  const code = await page.getByRole("textbox", { name: "Code" }).inputValue();
  await button(page, "Copy").click();
  await page.getByText(/^Copied|does not let this page copy/).waitFor();
  await button(page, "I have it").click();
  expect(await page.content()).not.toContain(code);
  const chosen = await callSite(site, "POST", "/password", { body: { code, new_password: "a long new password" } });
  expect(chosen.status).toBe(204);

  await page.getByLabel("Name begins with").fill("Mee");
  await button(page, "Search").click();
  await recordOf(page, "arjun").waitFor({ state: "detached" });
  const meera = recordOf(page, "meera");
  const { user } = (await ledger.findUser("meera" as never))!;
  expect(user.roles).toEqual(["editor", "user"]);
  const read = async () => (await ledger.readUser(user.subject))!;

  await signInDevice(site, { username: "meera", password: "a long new password" });
  await button(meera, "Manage").click();
  const dialog = page.getByRole("dialog", { name: "User", exact: true });
  await dialog.getByLabel("Roles").fill("auditor");
  await button(dialog, "Set roles").click();
  await dialog.getByText("The roles are changed").waitFor();
  expect((await read()).user.roles).toEqual(["auditor"]);
  await button(dialog, "Sign out everywhere").click();
  const signOut = page.getByRole("dialog", { name: "Sign the user out everywhere" });
  await signOut.getByText("This ends one live session of meera").waitFor();
  await button(signOut, "Sign out everywhere").click();
  await dialog.getByText("one session has ended").waitFor();
  expect(await ledger.listSessions(user.subject)).toEqual([]);
  await button(dialog, "Disable").click();
  await button(page.getByRole("dialog", { name: "Disable the user" }), "Disable").click();
  await dialog.getByText("Disabled:").waitFor();
  expect((await read()).user.disabled).toBe(true);
  await button(dialog, "Enable").click();
  await dialog.getByText("may sign in again").waitFor();
  expect((await read()).user.disabled).toBe(false);
  await button(dialog, "Password is compromised").click();
  const compromised = page.getByRole("dialog", { name: "The password is compromised" });
  await compromised.getByText("this ends no session, as none is live").waitFor();
  expect((await read()).passwordHash).not.toBeNull();
  await button(compromised, "Take the password away").click();
  await page.getByRole("textbox", { name: "Code" }).waitFor();
  expect((await read()).passwordHash).toBeNull();
  await button(page, "I have it").click();

  await button(dialog, "Delete").click();
  const deletion = page.getByRole("dialog", { name: "Delete the user" });
  await deletion.getByLabel("Typed by you").fill("meer");
  await button(deletion, "Delete for ever").click();
  await deletion.getByText("That is something else").waitFor();
  expect(await ledger.readUser(user.subject)).not.toBeNull();
  await deletion.getByLabel("Typed by you").fill("meera");
  await button(deletion, "Delete for ever").click();
  await page.getByText("No user’s name begins so.").waitFor();
  expect(await ledger.readUser(user.subject)).toBeNull();
  // What had the focus has gone with the user.
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await expect.poll(focused).toBe("Users");
});

test("the list of users goes on page by page and back; a plain one-time code opens the account and ends nothing", async () => {
  const many = Array.from({ length: 51 }, (_, at) => ({ username: `user-${at}`, password: null }));
  await using site = await startSite(browser, {
    scheme: "http",
    users: [...many, ARJUN, { ...KAVYA, roles: ["admin"] }],
  });
  const page = await openAdministration(site, KAVYA, "users");
  const names = page.locator(".records > li strong");
  const [next, previous] = [button(page, "Next"), button(page, "Previous")];
  await names.nth(49).waitFor();
  const first = await names.allTextContents();
  expect([await previous.isDisabled(), await next.isDisabled()]).toEqual([true, false]);
  // Where the next page begins is known of the page that is shown alone: it is pressed twice before that is another.
  const held: (() => void)[] = [];
  site.intercept((incoming, _, onward) => (incoming.url?.includes("cursor=") ? held.push(onward) : onward()));
  await next.dblclick();
  await expect.poll(() => held.length).toBe(1);
  site.intercept(null);
  for (const onward of held) onward();
  await expect.poll(() => names.count()).toBe(3);
  await page.getByText("Page 2").waitFor();
  expect([await previous.isDisabled(), await next.isDisabled()]).toEqual([false, true]);
  const second = await names.allTextContents();
  expect([...first, ...second].toSorted()).toEqual(
    [...many.map(({ username }) => username), "arjun", "kavya"].toSorted(),
  );
  await previous.click();
  await expect.poll(() => names.allTextContents()).toEqual(first);

  const device = await signInDevice(site, ARJUN);
  await button(recordOf(page, "arjun"), "Manage").click();
  await button(page.getByRole("dialog"), "One-time code").click();
  const shown = page.getByRole("dialog", { name: "One-time code" });
  const code = await shown.getByRole("textbox", { name: "Code" }).inputValue();
  // Twice: some browsers close a dialog then, whatever its page says.
  await page.keyboard.press("Escape");
  await shown.getByText("It is not shown again.").waitFor();
  await page.keyboard.press("Escape");
  expect(await shown.isVisible()).toBe(true);
  await button(shown, "I have it").click();
  expect((await callSite(site, "GET", "/me", { token: device.access })).status).toBe(200);
  const body = { code, new_password: "a long new password" };
  expect((await callSite(site, "POST", "/password", { body })).status).toBe(204);
  await signInDevice(site, { username: "arjun", password: body.new_password });
});

test("a refusal is told where the button is: nobody shuts the last administrator out by a slip", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const page = await openAdministration(site, KAVYA, "users");
  await button(recordOf(page, "kavya"), "Manage").click();
  const dialog = page.getByRole("dialog", { name: "User", exact: true });
  await button(dialog, "Disable").click();
  const confirm = page.getByRole("dialog", { name: "Disable the user" });
  await button(confirm, "Disable").click();
  await confirm.getByRole("alert").getByText("You cannot do that to yourself here").waitFor();
  await button(confirm, "Cancel").click();
  await dialog.getByLabel("Roles").fill("user");
  await button(dialog, "Set roles").click();
  await dialog.getByRole("alert").waitFor();
  expect(await dialog.getByLabel("Roles").inputValue()).toBe("user");
  const { user } = (await site.server.services.ledger.findUser("kavya" as never))!;
  expect([user.disabled, user.roles]).toEqual([false, ["admin"]]);
});

test("what cannot be taken back is asked about first: a press of Enter, or Escape, does nothing, and the focus goes back", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const { ledger } = site.server.services;
  const device = await signInDevice(site, ARJUN);
  const page = await openAdministration(site, KAVYA, "users");
  const hasFocus = (at: Locator) => at.evaluate((element) => element === document.activeElement);
  const leave = async (begin: Locator, title: string, key: "Enter" | "Escape") => {
    await begin.click();
    const dialog = page.getByRole("dialog", { name: title });
    await expect.poll(() => hasFocus(button(dialog, "Cancel"))).toBe(true);
    await page.keyboard.press(key);
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => hasFocus(begin)).toBe(true);
  };
  await button(recordOf(page, "arjun"), "Manage").click();
  const user = page.getByRole("dialog", { name: "User", exact: true });
  for (const key of ["Enter", "Escape"] as const) {
    await leave(button(user, "Sign out everywhere"), "Sign the user out everywhere", key);
    await leave(button(user, "Disable"), "Disable the user", key);
    await leave(button(user, "Password is compromised"), "The password is compromised", key);
  }
  await button(user, "Close").click();
  await goTo(page, "Sessions");
  await leave(button(recordOf(page, device.sid), "End all of the user"), "Sign the user out everywhere", "Enter");
  await goTo(page, "Keys");
  await leave(button(page, "Rotate at once"), "Rotate at once", "Enter");
  await leave(button(page, "Revoke …"), "Revoke the key", "Escape");
  const read = (await ledger.readUser(device.sub as Subject))!;
  expect([read.user.disabled, read.passwordHash === null]).toEqual([false, false]);
  expect((await ledger.listSessions(device.sub as Subject)).map(({ sid }) => sid)).toEqual([device.sid]);
  expect(await ledger.listSigningKeys()).toMatchObject([{ state: "signing" }]);
});

test("sessions are shown as they come, of one user or all, and end at a click: one, a user's, everybody's", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const { ledger } = site.server.services;
  const live = async (sub: string) => (await ledger.listSessions(sub as Subject)).map(({ sid }) => sid);
  const page = await openAdministration(site, KAVYA, "sessions");
  await page.getByText("this one").waitFor();
  const device = await signInDevice(site, { ...ARJUN, device_name: "<img src=x onerror=alert(1)>" });
  const [second, third] = [await signInDevice(site, ARJUN), await signInDevice(site, ARJUN)];
  await recordOf(page, device.sid).getByText("<img src=x").waitFor();
  await page.getByLabel("Of the user").fill("ARJUN");
  await button(page, "Show").click();
  await recordOf(page, "this one").waitFor({ state: "detached" });
  await page.getByLabel("By").selectOption("cookie");
  await page.getByText("There is none.").waitFor();
  await page.getByLabel("By").selectOption("bearer");
  await recordOf(page, second.sid)
    .getByRole("button", { name: `End the session ${second.sid}` })
    .click();
  await page.getByText("The session has ended").waitFor();
  expect(await live(second.sub)).not.toContain(second.sid);
  expect(await live(second.sub)).toContain(third.sid);
  await recordOf(page, second.sid).waitFor({ state: "detached" });
  await button(recordOf(page, third.sid), "End all of the user").click();
  const signOut = page.getByRole("dialog", { name: "Sign the user out everywhere" });
  await signOut.getByText("This ends all 2 live sessions of arjun").waitFor();
  await button(signOut, "Sign out everywhere").click();
  await page.getByText("2 sessions have ended").waitFor();
  expect(await live(second.sub)).toEqual([]);

  await signInDevice(site, ARJUN);
  await button(page, "End everybody’s").click();
  await page.getByLabel("Typed by you").fill("everybody");
  await button(page.getByRole("dialog"), "Sign everybody out").click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect((await ledger.listAllSessions({ cursor: null, limit: 9 })).sessions).toEqual([]);
});

test("keys are announced, promoted and revoked, and verifiers added and removed, in the ledger", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const { ledger } = site.server.services;
  const states = async () => (await ledger.listSigningKeys()).map(({ state }) => state).toSorted();
  const page = await openAdministration(site, KAVYA, "keys");
  await page.getByText("Its successor is announced").waitFor();
  await button(page, "Rotate").first().click();
  await page.getByText("it signs in 15 minutes, by itself").waitFor();
  await page.getByText("when its successor signs").waitFor();
  expect(await states()).toEqual(["announced", "signing"]);
  await button(page, "Rotate at once").click();
  await button(page.getByRole("dialog", { name: "Rotate at once" }), "Sign with another key now").click();
  await page.getByText("Another key signs now").waitFor();
  await page.getByText("Signs no more").waitFor();
  expect(await states()).toEqual(["retired", "signing"]);
  expect(await page.locator(".records > li").first().innerText()).toContain("Signs access tokens.");
  const signing = (await ledger.listSigningKeys()).find(({ state }) => state === "signing")!;
  await button(page, `Revoke … ${signing.kid}`).click();
  await button(page.getByRole("dialog"), "Revoke it").click();
  await page.getByText(`${signing.kid} is revoked`).waitFor();
  expect((await ledger.listSigningKeys()).map(({ kid }) => kid)).not.toContain(signing.kid);

  await goTo(page, "Verifiers");
  await page.getByText("No service is registered.").waitFor();
  await button(page, "Add a verifier").click();
  await page.getByLabel("Name of the service").fill("orders api");
  await button(page.getByRole("dialog"), "Add").click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Name of the service").fill("orders-api");
  await button(page.getByRole("dialog"), "Add").click();
  const credential = await page.getByRole("textbox", { name: "Credential" }).inputValue();
  await button(page, "I have it").click();
  await page.getByText("not heard of by this server since it started").waitFor();
  const feed = () => callSite(site, "GET", "/revocations", { token: credential });
  expect((await feed()).status).toBe(200);
  await page.getByText("has no stream here; asked for the feed").waitFor();
  await button(page, "Remove … orders-api").click();
  await button(page.getByRole("dialog"), "Remove it").click();
  await page.getByText("orders-api is removed").waitFor();
  expect((await feed()).status).toBe(401);
});

test("after a quarter of an hour the page asks for the password once, and goes on with what was begun", async () => {
  await using site = await startSite(browser, { scheme: "http" });
  const page = await openAdministration(site, KAVYA, "keys");
  await page.getByText("Signs access tokens.").waitFor();
  site.server.clock.advance(15 * MINUTE + 1);
  await button(page, "Rotate at once").click();
  const confirm = page.getByRole("dialog", { name: "Rotate at once" });
  const dialog = page.getByRole("dialog", { name: "Your password, once more" });
  await button(confirm, "Sign with another key now").click();
  await button(dialog, "Cancel").click();
  await confirm.getByText("Nothing was done: that needs your password").waitFor();
  expect(await site.server.services.ledger.listSigningKeys()).toHaveLength(1);
  await button(confirm, "Sign with another key now").click();
  await dialog.getByLabel("Password").fill(KAVYA.password);
  await button(dialog, "Go on").click();
  await page.getByText("Another key signs now").waitFor();
  expect(await site.server.services.ledger.listSigningKeys()).toHaveLength(2);
});
