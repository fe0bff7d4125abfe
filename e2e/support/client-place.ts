import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import type { SessionState } from "@counterfoil/client";
import type { TestApi } from "./api.ts";
import { startApi } from "./api.ts";
import type { RunningBrowser } from "./browser.ts";
import { HOSTS } from "./browser.ts";
import { bundleForBrowser } from "./bundle.ts";
import type { FaultyWay } from "./faulty-way.ts";
import { faultyWay } from "./faulty-way.ts";
import type { Front } from "./front.ts";
import { openFront } from "./front.ts";
import type { LocalOptions } from "./local.ts";
import type { PageTime } from "./page-time.ts";
import { setPageTime } from "./page-time.ts";
import { KAVYA } from "./sign-in.ts";
import type { Site, SiteOptions } from "./site.ts";
import { MOUNT, startSite } from "./site.ts";

const PAGE = new URL("page/client.ts", import.meta.url);

/** An application whose pages use the client, its API on an origin of its own, and what is between them and the browser. */
export interface ClientPlace extends AsyncDisposable {
  readonly site: Site;
  /** To the server, for what is below {@link MOUNT}. */
  readonly way: FaultyWay;
  readonly api: TestApi;
  /** To the API; its requests come over HTTP/1.1. */
  readonly apiWay: FaultyWay;
  /** Where pages ask the API. */
  readonly apiOrigin: string;
  /** Where anybody of this machine asks it, without a browser. */
  readonly plainApiUrl: string;
  /** Where they ask it without anything in between, in HTTP/2 over https. */
  readonly directApiOrigin: string;
}

export async function startClientPlace(
  browser: RunningBrowser,
  options: SiteOptions & LocalOptions = {},
): Promise<ClientPlace> {
  await using started = new AsyncDisposableStack();
  const site = started.use(await startSite(browser, options));
  const secure = site.origin.startsWith("https:");
  const certificate = secure ? browser.certificate : null;
  const originOf = ({ port }: Front) => `${secure ? `https://${HOSTS.app}` : "http://localhost"}:${port}`;
  const way = faultyWay(() => site.server.port);
  site.intercept(way.answer);
  const { cf } = site.server;
  const plain = started.use(await startApi({ cf, certificate: null }));
  const apiWay = faultyWay(() => plain.port);
  const apiOrigin = originOf(started.use(await openFront(certificate, apiWay.answer)));
  const direct = started.use(await startApi({ cf, certificate }, plain));
  const directApiOrigin = originOf(direct);
  const clientOptions = JSON.stringify({ url: MOUNT, apiOrigins: [apiOrigin, directApiOrigin] });
  site.put("/page.js", await bundleForBrowser(PAGE));
  const script = `<script>globalThis.clientOptions = ${clientOptions};</script><script type="module" src="/page.js"></script>`;
  // Not `no-store`: a browser keeps no such page in its history.
  site.put("/page", (_, outgoing) => {
    outgoing.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache" });
    outgoing.end(`<!doctype html><title>page</title>${script}`);
  });
  const owned = started.move();
  return {
    site,
    way,
    api: plain,
    apiWay,
    apiOrigin,
    plainApiUrl: `http://127.0.0.1:${plain.port}`,
    directApiOrigin,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A tab with the client in it. */
export async function openTab({ site }: ClientPlace, context: BrowserContext, time?: PageTime): Promise<Page> {
  const page = await context.newPage();
  if (time !== undefined) await page.addInitScript(setPageTime, time);
  await page.goto(site.url("/page"));
  await page.waitForFunction(() => "client" in globalThis);
  return page;
}

export function openTabs(place: ClientPlace, context: BrowserContext, count: number, time?: PageTime): Promise<Page[]> {
  return Promise.all(Array.from({ length: count }, () => openTab(place, context, time)));
}

export async function signInOn(tab: Page, user: { readonly username: string; readonly password: string } = KAVYA) {
  const outcome = await tab.evaluate((wish) => client.login(wish), user);
  assert.ok(outcome.ok, JSON.stringify(outcome));
}

export function stateOf(tab: Page): Promise<SessionState> {
  return tab.evaluate(() => client.session.current);
}

export function statesOf(tab: Page): Promise<SessionState[]> {
  return tab.evaluate(() => states);
}

export interface Asking {
  readonly method?: string;
  readonly body?: string;
  readonly background?: boolean;
  /** `/own` where it is left out. */
  readonly path?: string;
}

/** What a tab gets that asks the API: status and text, or the error's name. */
export function askApi(tab: Page, { apiOrigin }: ClientPlace, asking: Asking = {}): Promise<string> {
  const { path = "/own", ...init } = asking;
  return tab.evaluate(
    async ([url, asked]) => {
      try {
        const response = await client.fetch(url, asked);
        return `${response.status} ${await response.text()}`;
      } catch (error) {
        return (error as Error).name;
      }
    },
    [apiOrigin + path, init] as const,
  );
}

/** How often the server was asked for an access token. */
export function refreshes({ way }: ClientPlace): number {
  return way.to(`${MOUNT}/refresh`).length;
}
