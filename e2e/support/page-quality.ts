import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { ACTION_TIMEOUT_MS } from "./browser.ts";
import type { RunningBrowser } from "./browser.ts";

/** The narrowest and the widest window that is promised. */
export const WIDTHS = [360, 1280] as const;

export interface PageCheck {
  /** The page's whole address. */
  readonly url: string;
  /** The profile of whoever looks, such as `await context.storageState()`; nobody is signed in where it is left out. */
  readonly state?: Awaited<ReturnType<BrowserContext["storageState"]>>;
  /** Waits until all that the page shows by itself is there, and may open more of it. */
  readonly ready: (page: Page) => Promise<unknown>;
}

/**
 * Opens a page in windows of {@link WIDTHS}, dark in the narrow one and light in the wide, and tells what is wrong with it: what axe finds, what has moved while it loaded,
 * what is wider than the window, what was asked of another origin, and what went wrong in its scripts.
 *
 * The policy of the page is off meanwhile, or axe could not run in it: nothing here proves the policy.
 *
 * @returns one line each: `expect(await pageFaults(browser, { … })).toEqual([])`
 */
export async function pageFaults(browser: RunningBrowser, { url, state, ready }: PageCheck): Promise<string[]> {
  const context = await browser.chromium.newContext({ bypassCSP: true, ...(state && { storageState: state }) });
  try {
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    const faults: string[] = [];
    let width: number = WIDTHS[0];
    const say = (fault: string) => faults.push(`${width} px: ${fault}`);
    // One for both widths: a window takes Chromium as long as what is done in it.
    const page = await context.newPage();
    page.on("pageerror", (error) => say(`script: ${error.message}`));
    page.on("request", (request) => {
      const { origin } = new URL(request.url());
      if (origin !== new URL(url).origin) say(`asks ${origin}`);
    });
    await page.addInitScript(watchLayout);
    for (width of WIDTHS) {
      // Else an address that differs in what is behind the # alone, or not at all, would not be loaded anew.
      await page.goto("about:blank");
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: "light" });
      await page.goto(url);
      await ready(page);
      for (const fault of await layoutFaults(page)) say(fault);
      for (const fault of await accessFaults(page, width === WIDTHS[0] ? ["dark"] : ["light"])) say(fault);
    }
    return faults;
  } finally {
    await context.close();
  }
}

/** What a page has loaded of scripts so far, as it travels. */
export function scriptBytes(page: Page): Promise<number> {
  return page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((entry) => entry.name.endsWith(".js"))
      .map((entry) => (entry as PerformanceResourceTiming).encodedBodySize)
      .reduce((sum, size) => sum + size, 0),
  );
}

declare global {
  /** What has moved, and by how much. */
  var layoutShifts: string[];
  var axe: { run(context: Document, options: object): Promise<AxeResults> };
}

interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  /** The user has done something just before: it may well move something. */
  readonly hadRecentInput: boolean;
  readonly sources: readonly { readonly node: Node | null }[];
}

/** Runs in the page before anything else does. */
function watchLayout(): void {
  globalThis.layoutShifts = [];
  const nameOf = (node: Node | null) =>
    node instanceof Element ? `${node.localName}.${node.className}` : (node?.nodeName ?? "what has gone");
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries() as LayoutShift[]) {
      if (shift.hadRecentInput) continue;
      layoutShifts.push(`${shift.value.toFixed(4)} by ${shift.sources.map(({ node }) => nameOf(node)).join(", ")}`);
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** What has moved by itself since the page was opened, and what does not fit into the window's width. */
async function layoutFaults(page: Page): Promise<string[]> {
  const { shifts, needed, width, culprit } = await page.evaluate(async () => {
    // An observer hears of a shift after the frame that had it.
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await frame();
    const { scrollWidth, clientWidth } = document.documentElement;
    const right = (element: Element) => element.getBoundingClientRect().right;
    const [widest] = [...document.querySelectorAll("body *")].toSorted((one, two) => right(two) - right(one));
    const name = widest === undefined ? "" : `${widest.localName}.${widest.className}`;
    return { shifts: layoutShifts, needed: scrollWidth, width: clientWidth, culprit: name };
  });
  return [
    ...shifts.map((shift) => `moves: ${shift}`),
    ...(needed > width ? [`is ${needed} px wide, by ${culprit}`] : []),
  ];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds in the page as it is now, in the themes; the page is one whose policy is off. */
export async function accessFaults(
  page: Page,
  themes: readonly ("light" | "dark")[] = ["light", "dark"],
): Promise<string[]> {
  await page.evaluate(AXE);
  const faults: string[] = [];
  for (const [index, theme] of themes.entries()) {
    await page.emulateMedia({ colorScheme: theme });
    // All else is the same in both.
    const found = await runAxe(page, index === 0 ? {} : { runOnly: ["color-contrast"] });
    faults.push(...found.map((fault) => `${theme}: ${fault}`));
  }
  return faults;
}

async function runAxe(page: Page, options: object): Promise<string[]> {
  const { violations, incomplete } = await page.evaluate((given) => axe.run(document, given), {
    resultTypes: ["violations", "incomplete"],
    ...options,
  });
  // Where axe cannot tell a contrast, nobody has looked at it either.
  const unsure = incomplete.filter(({ id }) => id === "color-contrast");
  return [...violations, ...unsure].flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`),
  );
}
