import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askFrom } from "./support/page-request.ts";
import { KAVYA } from "./support/sign-in.ts";
import { startSite } from "./support/site.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

test.each(["https", "http"] as const)(
  "an open page hears over %s that its session was ended from another device",
  async (scheme) => {
    await using site = await startSite(browser, { scheme });
    const page = await site.page();
    const { body } = await askFrom(page, "POST", "/auth/login", KAVYA);
    await page.evaluate(async () => {
      const heard: string[] = [];
      const stream = new EventSource("/auth/me/stream");
      const opened = new Promise((resolve) => stream.addEventListener("open", resolve));
      for (const type of ["session-ended", "claims-changed"]) {
        stream.addEventListener(type, ({ data }: MessageEvent<string>) => heard.push(`${type} ${data}`));
      }
      Object.assign(globalThis, { heard });
      await opened;
    });

    const phone = await site.page();
    await askFrom(phone, "POST", "/auth/login", KAVYA);
    const ended = await askFrom(phone, "DELETE", `/auth/sessions/${String(body["sid"])}`);
    expect(ended.status).toBe(204);

    await page.waitForFunction("heard.length > 0");
    expect(await page.evaluate("heard")).toEqual([expect.stringMatching(/^session-ended /)]);
    expect((await askFrom(page, "GET", "/auth/me")).body["code"]).toBe("invalid_session");
  },
);
