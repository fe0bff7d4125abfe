import { createHmac } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { LabPage } from "./support/lab-page.ts";
import { openLab, tokenIn } from "./support/lab-page.ts";
import { pageFaults } from "./support/page-quality.ts";
import type { Server } from "./support/server.ts";
import { startDemo } from "./support/server.ts";
import { claimsOf, KAVYA, signIn } from "./support/sign-in.ts";

// The Lab's "A token, opened", in a browser, against the running demonstration.
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

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function openToken(page: Page) {
  await button(page, "Open an access token").click();
  await page.getByRole("heading", { name: "Signature", exact: true }).waitFor();
}

/** What the last attempt came to: the tokens that were sent to the API and the server, and their statuses. */
async function lastSent(lab: LabPage) {
  const exchanges = await lab.exchanges();
  return exchanges.slice(-2).map((exchange) => ({ token: tokenIn(exchange), status: exchange.answer?.status }));
}

/** The header and payload of the lesson, signed with a secret. */
function lessonToken(secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ user_id: 101, role: "admin", exp: 1_710_000_000 })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

test("who is signed in opens the own access token, and each claim is explained", async () => {
  await using lab = await openLab(browser, demo, "token", KAVYA);
  const { page } = lab;
  await openToken(page);
  const token = await page.getByLabel("The token, as it is sent").inputValue();
  const { body } = await call(demo, "GET", "/me", { cookie: await lab.cookie() });
  expect(claimsOf(token).sid).toBe((body["session"] as Record<string, unknown>)["sid"]);
  const claims = page.locator(".claims > div");
  const explained = await claims.evaluateAll((rows) =>
    rows.map((row) => [row.querySelector("dt")!.textContent, row.querySelector("p")!.textContent.length > 20]),
  );
  expect(explained).toEqual(["alg", "typ", "kid", ...Object.keys(claimsOf(token))].map((name) => [name, true]));
  expect(lab.faults).toEqual([]);
});

test("the sample that somebody without a session opens has one of its own, which ends when the part or the page is left", async () => {
  await using lab = await openLab(browser, demo, "attacks");
  const { page } = lab;
  const { access } = await signIn(demo, KAVYA);
  const opened = async () => {
    await openToken(page);
    return claimsOf(await page.getByLabel("The token, as it is sent").inputValue());
  };
  const before = new Set<string>();
  const added = async () => {
    const { body } = await call(demo, "GET", "/admin/sessions?limit=100", { token: access });
    return (body["sessions"] as { readonly sid: string }[]).map(({ sid }) => sid).filter((sid) => !before.has(sid));
  };
  for (const sid of await added()) before.add(sid);
  await page.getByRole("link", { name: "A token, opened" }).click();
  const first = await opened();
  await button(page, "Send it: typ: JWT").click();
  await page.locator(".sent").waitFor();
  expect(await added()).toEqual([first.sid]);
  await page.getByRole("link", { name: "Attacks" }).click();
  await expect.poll(added).toEqual([]);
  await page.goBack();
  const second = await opened();
  expect(await added()).toEqual([second.sid]);
  await page.goto("about:blank");
  await expect.poll(added).toEqual([]);
});

test("any token is read as it is typed, without a key and without a request", async () => {
  await using lab = await openLab(browser, demo, "token");
  const { page } = lab;
  await openToken(page);
  await page.getByText("It is arjun’s, a sample").waitFor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const box = page.getByLabel("The token, as it is sent");
  await box.fill(lessonToken("nobody here knows it"));
  const claims = page.locator(".claims");
  await claims.last().getByText("101", { exact: true }).waitFor();
  expect(await claims.first().textContent()).toContain("HS256");
  await box.fill("no.token");
  await page.getByText("That is no JWT").waitFor();
  expect(asked).toEqual([]);
});

test("as it was signed it is let in; with a claim edited both refuse it at the signature; what is no JSON is not sent", async () => {
  await using lab = await openLab(browser, demo, "token", KAVYA);
  const { page } = lab;
  await openToken(page);
  const edit = page.getByRole("region", { name: "Edit a claim, and send it" });
  await button(page, "Send it").click();
  await edit.getByText("Every check passed.").waitFor();
  expect((await lastSent(lab)).map(({ status }) => status)).toEqual([200, 200]);
  await button(page, "Add a role").click();
  await button(page, "Live until 2100").click();
  await button(page, "Send it").click();
  await edit.getByText("bad_signature").waitFor();
  const [api, server] = await lastSent(lab);
  expect([api?.status, server?.status]).toEqual([401, 401]);
  expect(claimsOf(server!.token)).toMatchObject({ roles: ["admin", "owner"], exp: 4_102_444_800 });
  await edit.getByText("Signature: refused").waitFor();
  const before = (await lab.exchanges()).length;
  await edit.getByLabel("The payload").fill('{"roles": [');
  await button(page, "Send it").click();
  await edit.getByText("This is no JSON object").waitFor();
  expect((await lab.exchanges()).length).toBe(before);
  await button(page, "As it was").click();
  await button(page, "Send it").click();
  await edit.getByText("Every check passed.").waitFor();
});

test("a weak secret is found before one's eyes; the token that is forged with it is good by that secret, and refused here", async () => {
  await using lab = await openLab(browser, demo, "token");
  const { page } = lab;
  await button(page, "Crack it").click();
  await page.locator(".found").getByText("super-secret-key", { exact: true }).waitFor();
  await button(page, "Forge an admin’s token with it, and send it").click();
  const section = page.getByRole("region", { name: "HS256 with a weak secret" });
  await section.getByText("algorithm_refused").waitFor();
  const [api, server] = await lastSent(lab);
  expect([api?.status, server?.status]).toEqual([401, 401]);
  const [header, payload, signature] = server!.token.split(".");
  expect(createHmac("sha256", "super-secret-key").update(`${header}.${payload}`).digest("base64url")).toBe(signature);
  expect(claimsOf(server!.token).roles).toEqual(["admin"]);
  expect(lab.faults).toEqual([]);
});

test("a secret that is in no list is not found, and the search can be stopped", async () => {
  await using lab = await openLab(browser, demo, "token");
  const { page } = lab;
  await page.getByLabel("The secret that signs the token").fill("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
  await button(page, "Crack it").click();
  await page.getByText(/^Not in this list, after/).waitFor();
  const bar = page.getByRole("progressbar");
  expect(await bar.evaluate(({ value, max }: HTMLProgressElement) => value / max)).toBe(1);
  await button(page, "Crack it").click();
  await button(page, "Stop").click();
  await page.getByText(/^Stopped after/).waitFor();
  expect(await bar.evaluate(({ value, max }: HTMLProgressElement) => value / max)).toBeLessThan(1);
});

test("what fails in the page itself is told, and its button can be pressed again", async () => {
  await using lab = await openLab(browser, demo, "token");
  const { page } = lab;
  await page.evaluate(() => {
    const { subtle } = crypto;
    const original = subtle.importKey.bind(subtle);
    const fail = () => Promise.reject(new Error("no such thing"));
    Object.assign(globalThis, { mend: () => (subtle.importKey = original) });
    subtle.importKey = fail;
  });
  const crack = button(page, "Crack it");
  const send = button(page, "Send it: HS256 with the public key as the secret");
  await crack.click();
  await page.getByText("This browser’s cryptography failed").waitFor();
  await send.click();
  await page.getByRole("alert").getByText("It could not be finished").waitFor();
  expect([await crack.getAttribute("aria-busy"), await send.getAttribute("aria-busy")]).toEqual([null, null]);
  await page.evaluate(() => (globalThis as unknown as { readonly mend: () => void }).mend());
  await crack.click();
  await page.locator(".found").waitFor();
  await send.click();
  await page.locator(".sent").getByText("algorithm_refused").first().waitFor();
});

test("each token that has to be refused is sent for real, and refused by the check that is for it", async () => {
  await using lab = await openLab(browser, demo, "token");
  const { page } = lab;
  const expected = [
    ["alg: none", "malformed", "Form"],
    ["alg: none, the signature left on", "algorithm_refused", "Header"],
    ["HS256 with the public key as the secret", "algorithm_refused", "Header"],
    ["typ: JWT", "wrong_type", "Header"],
    ["A key of one’s own, in the header", "header_refused", "Header"],
    ["A key of one’s own, under the server’s name", "bad_signature", "Signature"],
    ["Expired", "expired", "Time"],
    ["Without exp", "bad_claims", "Claims"],
    ["A year to live", "lifetime_too_long", "Claims"],
    ["Wrong audience", "wrong_audience", "Claims"],
  ] as const;
  const items = page.locator(".forgeries > li");
  const found = [];
  for (const [name] of expected) {
    const item = items.filter({ has: page.getByRole("heading", { name, exact: true }) });
    await item.getByRole("button").click();
    await item.locator(".sent").waitFor();
    const reason = await item.locator(".sent > p code").textContent();
    const check = await item.locator(".checks .bad").textContent();
    found.push([name, reason, check, ...(await lastSent(lab)).map(({ status }) => status)]);
  }
  expect(found).toEqual(expected.map(([name, reason, check]) => [name, reason, `${check}: refused`, 401, 401]));
  expect(await items.count()).toBe(expected.length);
  expect(lab.faults).toEqual([]);
});

test("the page is as it should be, opened and with refusals in it: access, width, layout, no other origin", async () => {
  const ready = async (page: Page) => {
    await openToken(page);
    await button(page, "Add a role").click();
    await button(page, "Send it").click();
    await page.getByText("bad_signature").waitFor();
    await button(page, "Crack it").click();
    await page.locator(".found").waitFor();
  };
  expect(await pageFaults(browser, { url: `${demo.issuer}/#token`, ready })).toEqual([]);
});

test("the lesson's names stand beside ours, and its line for an interview word for word", async () => {
  await using lab = await openLab(browser, demo, "token");
  const { page } = lab;
  await page.getByRole("region", { name: "The lesson’s names, and ours" }).waitFor();
  const rows = await page.locator(".names > li").allTextContents();
  expect(rows[0]).toMatch(/^The lesson: user_id: 101Here: sub: /);
  expect(rows.slice(1, 4).join("\n")).toMatch(/role: "admin".*roles:[^]*typ: "JWT".*typ: "at\+jwt"/);
  expect(await page.locator("main").textContent()).toContain(
    "“JWT is signed, not encrypted. Anyone can read it, but no one can modify it without the secret.”",
  );
});
