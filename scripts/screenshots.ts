// Takes the pictures of the web pages in docs/images: `npm run screenshots`. Each page at 360 and 1280 px, of a demonstration
// that it starts and ends; two of the wide ones in the dark as well.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launchBrowser } from "../e2e/support/browser.ts";
import buildCommand from "../e2e/support/build-command.ts";
import { temporaryDirectory } from "../e2e/support/directory.ts";
import { startDemo } from "../e2e/support/server.ts";

const folder = fileURLToPath(new URL("../docs/images/", import.meta.url));
const WIDTHS = [360, 1280];

/** By the picture's name, the page's address; the Lab's panels, and what only administrators see. */
const PAGES: readonly (readonly [name: string, address: string])[] = [
  ["account", "account"],
  ...["overview", "users", "sessions", "keys", "events", "verifiers"].map(
    (section) => [`administration-${section}`, `administration#${section}`] as const,
  ),
  ...["devices", "flows", "token", "attacks", "compare"].map((panel) => [`lab-${panel}`, `#${panel}`] as const),
];

const SIGNED_OUT = ["sign-in", "create-account", "choose-password"];
const DARK = new Set(["administration-overview-1280", "lab-devices-revoked"]);

buildCommand();
mkdirSync(folder, { recursive: true });
await using directory = await temporaryDirectory();
await using demo = await startDemo(directory.path);
await using browser = await launchBrowser();

for (const width of WIDTHS) {
  const context = await browser.chromium.newContext({ viewport: { width, height: width < 600 ? 740 : 800 } });
  const page = await context.newPage();
  for (const name of SIGNED_OUT.toReversed()) {
    await page.goto(`${demo.issuer}/${name}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await take(page, `${name}-${width}`);
  }
  await page.getByLabel("User name").fill("kavya");
  await page.getByLabel("Password").fill("password123");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  for (const [name, address] of PAGES) {
    // Another document each: a change of the address' fragment alone would load none.
    await page.goto("about:blank");
    await page.goto(`${demo.issuer}/${address}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await take(page, `${name}-${width}`);
  }
  await context.close();
}
await takeDevices();

/** Two clicks, signed out: two devices, then one of them ended. */
async function takeDevices(): Promise<void> {
  const page = await browser.chromium.newPage({ viewport: { width: 1280, height: 1000 } });
  await page.goto(demo.issuer);
  const press = async (name: string, isDone: string) => {
    await page.getByRole("button", { name, exact: true }).click();
    await page.getByText(isDone).first().waitFor();
  };
  await press("Sign in as two devices", "The API lets both in.");
  await take(page, "lab-devices-signed-in");
  await press("Revoke device A", "Device A’s WebSocket closed");
  await take(page, "lab-devices-revoked");
}

async function take(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(1500);
  await save(page, name);
  if (!DARK.has(name)) return;
  await page.emulateMedia({ colorScheme: "dark" });
  await save(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
}

async function save(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}${name}.png` });
  console.log(`docs/images/${name}.png`);
}
