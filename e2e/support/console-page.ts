import type { BrowserContext, Page } from "playwright-core";
import { KAVYA } from "./sign-in.ts";
import type { Site } from "./site.ts";
import { MOUNT } from "./site.ts";

/** Opens one of the web pages by its name, such as `account`, in a profile of its own unless one is given. */
export async function openConsolePage(
  site: Pick<Site, "url" | "context">,
  name: string,
  context?: BrowserContext,
): Promise<Page> {
  const page = await (context ?? (await site.context())).newPage();
  await page.goto(site.url(`${MOUNT}/${name}`));
  return page;
}

export async function fillSignIn(page: Page, { username, password }: Named = KAVYA): Promise<void> {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
}

/** By the form that the page shows; done when whoever it is can sign out again. */
export async function signInByForm(page: Page, user?: Named): Promise<void> {
  await fillSignIn(page, user);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).waitFor();
}

interface Named {
  readonly username: string;
  readonly password: string;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Asks for what is of the pages, without a browser: `call` holds answers against the description of the API. */
export async function askPage(
  { port }: { readonly port: number },
  method: string,
  path: string,
  init: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<PageAnswer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
