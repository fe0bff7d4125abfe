import type { BrowserContext, Page } from "playwright-core";

/** A page, and everything that was amiss with it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, and what the browser complained of: a policy that was broken, HTML that React did not find again. */
  readonly problems: readonly string[];
  /** Each text that the page has shown since it was opened, from the first on. */
  readonly seen: () => Promise<readonly string[]>;
}

export async function watchedPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    // Chromium writes a line for each answer of an error's status, expected ones too.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      problems.push(message.text());
  });
  await page.addInitScript(() => {
    const texts: string[] = [];
    const look = () => {
      const text = document.body?.innerText.trim() ?? "";
      if (text !== "" && texts.at(-1) !== text) texts.push(text);
    };
    new MutationObserver(look).observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    Object.assign(globalThis, { seenTexts: texts });
  });
  const seen = () => page.evaluate(() => (globalThis as unknown as { readonly seenTexts: string[] }).seenTexts);
  return { page, problems, seen };
}
