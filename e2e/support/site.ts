import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { BrowserContext, Page } from "playwright-core";
import type { RunningBrowser } from "./browser.ts";
import { ACTION_TIMEOUT_MS, HOSTS } from "./browser.ts";
import { bundleForBrowser, CLIENT_ENTRY } from "./bundle.ts";
import type { Front } from "./front.ts";
import { forward, openFront } from "./front.ts";
import type { Target } from "./http.ts";
import type { LocalOptions, LocalServer } from "./local.ts";
import { startLocal } from "./local.ts";

/** Where the server is below the application's own address. */
export const MOUNT = "/auth";

/** HTML, or whatever answers; at a path that ends in `.js`, JavaScript. */
export type Content = string | RequestListener;

/**
 * An application as its users meet it: its pages and the server on one host, and two other hosts that wish it ill. Every
 * path of every host that has no content is an empty page, so that scripts can run there. At `/client.js` is the client
 * library, for `<script type="module">`: Vitest rewrites the `import()` of a function that is handed to a page.
 */
export interface Site<Server extends Target = LocalServer> extends AsyncDisposable {
  readonly server: Server;
  /** The application's. */
  readonly origin: string;
  /** `origin` and {@link MOUNT}. */
  readonly issuer: string;
  /** Another origin of the same site: a sibling subdomain, or over plain http another port of localhost. */
  readonly siblingOrigin: string;
  /** An origin of another site. */
  readonly crossOrigin: string;
  /** A whole address of the application, from a path. */
  url(path: string): string;
  /** Puts content at a path of the application, or at a whole address of any of the three origins. */
  put(address: string, content: Content): void;
  /**
   * Stands between the browser and the server from now on, for what goes below {@link MOUNT}: `onward` hands the request
   * on as it is. `null` ends it.
   */
  intercept(between: Between | null): void;
  /** A fresh browser profile. It goes with the site. */
  context(): Promise<BrowserContext>;
  /** A page of the application's origin, in a profile of its own unless one is given. */
  page(context?: BrowserContext): Promise<Page>;
}

export type Between = (incoming: IncomingMessage, outgoing: ServerResponse, onward: () => void) => void;

export interface SiteOptions {
  /** Over https under an invented name (left out), or at `http://localhost`. */
  readonly scheme?: "https" | "http";
}

/** What a server needs to know to be behind the site; `trustProxy` is for `startLocal`, or `--trust-proxy`. */
export interface Place {
  readonly issuer: string;
  readonly trustProxy: string;
}

/** A site with a server in this process. */
export function startSite(browser: RunningBrowser, options: SiteOptions & LocalOptions = {}): Promise<Site> {
  const { scheme = "https", ...local } = options;
  return startSiteWith(browser, { scheme }, (place) => startLocal({ ...local, ...place }));
}

/** A site with any server, such as one in a process of its own: `({ issuer }) => startServer({ data, issuer, … })`. */
export async function startSiteWith<Server extends Target & AsyncDisposable>(
  browser: RunningBrowser,
  { scheme = "https" }: SiteOptions,
  startServer: (place: Place) => Promise<Server>,
): Promise<Site<Server>> {
  const secure = scheme === "https";
  const certificate = secure ? browser.certificate : null;
  const contents = new Map<string, Content>();
  const state: { server?: Server; between: Between | null } = { between: null };
  const answer: RequestListener = (incoming, outgoing) => {
    const { pathname, host } = new URL(incoming.url ?? "/", `${scheme}://${incoming.headers.host}`);
    const content = contents.get(`${scheme}://${host}${pathname}`);
    if (content !== undefined) return answerContent(content, pathname, incoming, outgoing);
    if (`${scheme}://${host}` !== origin || !pathname.startsWith(`${MOUNT}/`)) {
      return answerContent("<!doctype html><title>empty</title>", "/", incoming, outgoing);
    }
    const onward = () => forward(state.server!.port, incoming, outgoing);
    if (state.between === null) onward();
    else state.between(incoming, outgoing, onward);
  };
  await using started = new AsyncDisposableStack();
  const open = async (): Promise<Front> => started.use(await openFront(certificate, answer));
  const { port } = await open();
  const origin = `${scheme}://${secure ? HOSTS.app : "localhost"}:${port}`;
  const siblingOrigin = secure ? `https://${HOSTS.sibling}:${port}` : `http://localhost:${(await open()).port}`;
  const url = (path: string) => origin + path;
  contents.set(url("/client.js"), (_, outgoing) => void answerClient(outgoing));
  const server = await startServer({ issuer: url(MOUNT), trustProxy: "127.0.0.1" });
  state.server = started.use(server);

  const owned = started.move();
  const context = async () => {
    const opened = await browser.chromium.newContext();
    opened.setDefaultTimeout(ACTION_TIMEOUT_MS);
    owned.defer(() => opened.close());
    return opened;
  };
  return {
    server,
    origin,
    issuer: url(MOUNT),
    siblingOrigin,
    crossOrigin: `${scheme}://${HOSTS.other}:${port}`,
    url,
    put: (address, content) => void contents.set(new URL(address, origin).href, content),
    intercept: (between) => (state.between = between),
    context,
    async page(within) {
      const page = await (within ?? (await context())).newPage();
      await page.goto(origin);
      return page;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function answerContent(content: Content, path: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (typeof content !== "string") return content(incoming, outgoing);
  const type = path.endsWith(".js") ? "text/javascript" : "text/html";
  outgoing.writeHead(200, { "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-store" }).end(content);
}

async function answerClient(outgoing: ServerResponse): Promise<void> {
  try {
    answerContent(await bundleForBrowser(CLIENT_ENTRY), "/client.js", outgoing.req, outgoing);
  } catch (error) {
    outgoing.writeHead(500, { "Content-Type": "text/plain" }).end(String(error));
  }
}
