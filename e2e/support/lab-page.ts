import type { BrowserContext, Page, Response } from "playwright-core";
import { ACTION_TIMEOUT_MS } from "./browser.ts";
import type { RunningBrowser } from "./browser.ts";
import type { Target } from "./http.ts";
import type { KAVYA } from "./sign-in.ts";

/** An exchange, as the demonstration has told the page of it. */
export interface SeenExchange {
  readonly request: { readonly method: string; readonly url: string; readonly headers: readonly [string, string][] };
  readonly answer: { readonly status: number; readonly body: string } | null;
}

/** The Lab in a browser profile of its own, and what it has had sent. */
export interface LabPage extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What was sent by the demonstration for it, in the order of the answers. */
  exchanges(): Promise<readonly SeenExchange[]>;
  /** What went wrong in its scripts, or against its policy. */
  readonly faults: readonly string[];
  /** The value of the session cookie; an empty text where there is none. */
  cookie(): Promise<string>;
}

/** Opens one part of the Lab, signed in by the page’s own request where a user is given. */
export async function openLab(
  browser: RunningBrowser,
  demo: Target,
  part: string,
  user: { readonly [Name in keyof typeof KAVYA]: string } | null = null,
): Promise<LabPage> {
  const context = await browser.chromium.newContext();
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  if (user !== null) {
    const headers = { Origin: demo.issuer };
    await context.request.post(`${demo.issuer}/login`, { headers, data: { ...user, transport: "cookie" } });
  }
  const page = await context.newPage();
  const exchanges: Promise<SeenExchange | null>[] = [];
  const faults: string[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith("/lab/exchanges") && response.ok()) exchanges.push(read(response));
  });
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (/Content Security Policy|trusted/i.test(message.text())) faults.push(message.text());
  });
  await page.goto(`${demo.issuer}/#${part}`);
  return {
    context,
    page,
    faults,
    async exchanges() {
      const all = await Promise.all(exchanges);
      return all.filter((exchange) => exchange !== null);
    },
    async cookie() {
      const cookies = await context.cookies();
      return cookies.find(({ name }) => name === "session_id")?.value ?? "";
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** `null` where the page was left before all of it was there. */
async function read(response: Response): Promise<SeenExchange | null> {
  try {
    return (await response.json()) as SeenExchange;
  } catch {
    return null;
  }
}

/** The token that an exchange carried. */
export function tokenIn({ request }: SeenExchange): string {
  const [, value = ""] = request.headers.find(([name]) => name === "Authorization") ?? [];
  return value.slice("Bearer ".length);
}
