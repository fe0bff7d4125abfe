import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import type { Certificate } from "./certificate.ts";
import { selfSigned } from "./certificate.ts";
import { temporaryDirectory } from "./directory.ts";

/** Invented names, which lead to this machine in the browser alone. The first two are of one site, the third is not. */
export const HOSTS = { app: "app.example.test", sibling: "evil.example.test", other: "attacker.test" } as const;

/** A real browser. */
export interface RunningBrowser extends AsyncDisposable {
  readonly chromium: Browser;
  /** The one that it trusts, for all of {@link HOSTS}. */
  readonly certificate: Certificate;
}

const onPath = (names: readonly string[]) =>
  names.flatMap((name) => (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name)));

/** Chromium without window, tabs and profiles: the same engine, with a third of the CPU time for a page. */
const SHELL = onPath(["chromium-headless-shell"]);
const WHOLE = [
  ...onPath(["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]),
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const LAUNCH_TIMEOUT_MS = 60_000;
/** Less than the time of a test, so that it fails with what it waited for. */
export const ACTION_TIMEOUT_MS = 30_000;

export interface BrowserOptions {
  /**
   * The browser that users have, where the headless shell lacks something of it: it keeps pages that were left as they
   * are, for who goes back, and sends what `Reporting-Endpoints` asks for.
   */
  readonly whole?: boolean;
}

/** Starts the system's Chromium, one for a file of tests: a context of it is as good as a browser of its own. */
export async function launchBrowser({ whole = false }: BrowserOptions = {}): Promise<RunningBrowser> {
  const executablePath = findChromium(whole ? WHOLE : [...SHELL, ...WHOLE]);
  await using directory = await temporaryDirectory();
  const { app, sibling, other } = HOSTS;
  const certificate = selfSigned(directory.path, [app, sibling, other]);
  const rules = [app, sibling, other].map((host) => `MAP ${host} 127.0.0.1`).join(", ");
  const browser = await chromium.launch({
    executablePath,
    timeout: LAUNCH_TIMEOUT_MS,
    ignoreDefaultArgs: whole ? ["--disable-back-forward-cache"] : [],
    args: [
      // Chromium's sandbox does not start for root, nor in most containers; all pages here are our own.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=${rules}`,
      `--ignore-certificate-errors-spki-list=${certificate.publicKeyHash}`,
    ],
  });
  return { chromium: browser, certificate, [Symbol.asyncDispose]: () => browser.close() };
}

function findChromium(programs: readonly string[]): string {
  const found = programs.find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    "This test needs a browser, and there is no Chromium on the PATH. Install it (Debian: apt-get install chromium; " +
      "macOS: brew install --cask chromium) and run the tests again.",
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
