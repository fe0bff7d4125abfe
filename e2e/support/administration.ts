import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import type { Answer } from "./answer.ts";
import type { Carried } from "./http.ts";
import { call } from "./http.ts";
import type { SignedIn } from "./sign-in.ts";
import { signedIn } from "./sign-in.ts";
import type { Site } from "./site.ts";
import { MOUNT } from "./site.ts";

/** Where the page is on a site. */
export const ADMINISTRATION = `${MOUNT}/administration`;

/** A request past the browser, to the server below the site's path. */
export function callSite(site: Site, method: string, path: string, carried: Carried = {}): Promise<Answer> {
  return call(site.server, method, MOUNT + path, carried);
}

/** A device that is no browser. */
export async function signInDevice(site: Site, body: object, carried: Carried = {}): Promise<SignedIn> {
  const answer = await callSite(site, "POST", "/login", { ...carried, body });
  if (answer.status !== 200) throw new Error(answer.text);
  return signedIn(answer);
}

/** Signs in where the page asks for it, and waits for a section. */
export async function openAdministration(
  site: Site,
  user: { readonly username: string; readonly password: string },
  section = "",
): Promise<Page> {
  if (!existsSync(fileURLToPath(new URL("../../packages/server/console/index.html", import.meta.url)))) {
    throw new Error("The web pages were not built: `node scripts/ready.mjs` does.");
  }
  const page = await (await site.context()).newPage();
  await page.goto(site.url(`${ADMINISTRATION}#${section}`));
  await page.getByLabel("User name").fill(user.username);
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  return page;
}

/** Another section of the page that is open. */
export async function goTo(page: Page, label: string): Promise<void> {
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: label }).click();
}

/** The record that has this text in it. */
export function recordOf(page: Page, text: string): Locator {
  return page.locator(".records > li").filter({ hasText: text });
}

export function button(within: Page | Locator, name: string): Locator {
  return within.getByRole("button", { name });
}
