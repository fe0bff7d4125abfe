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
  readonly exchanges: readonly SeenExchange[];
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
  const exchanges: SeenExchange[] = [];
  const faults: string[] = [];
  page.on("response", (response) => void note(response, exchanges));
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (/Content Security Policy|trusted/i.test(message.text())) faults.push(message.text());
  });
  await page.goto(`${demo.issuer}/#${part}`);
  return {
    context,
    page,
    exchanges,
    faults,
    async cookie() {
      const cookies = await context.cookies();
      return cookies.find(({ name }) => name === "session_id")?.value ?? "";
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

async function note(response: Response, exchanges: SeenExchange[]): Promise<void> {
  if (!response.url().endsWith("/lab/exchanges") || response.status() !== 200) return;
  // A page that is closed meanwhile has no answers any more.
  const exchange: unknown = await response.json().catch(() => null);
  if (exchange !== null) exchanges.push(exchange as SeenExchange);
}

/** The token that an exchange carried. */
export function tokenIn({ request }: SeenExchange): string {
  const [, value = ""] = request.headers.find(([name]) => name === "Authorization") ?? [];
  return value.slice("Bearer ".length);
}
