import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ACTION_TIMEOUT_MS, launchBrowser } from "../e2e/support/browser.ts";
import { temporaryDirectory } from "../e2e/support/directory.ts";
import type { Directory } from "../e2e/support/directory.ts";
import { freePort } from "../e2e/support/port.ts";
import { run } from "../e2e/support/process.ts";
import { startServer } from "../e2e/support/server.ts";
import type { Server } from "../e2e/support/server.ts";
import { bearer, cookieOf, get, post } from "./client.ts";
import { watchedPage } from "./seen.ts";
import { newSecret } from "./start-example.ts";

const folder = fileURLToPath(new URL("next", import.meta.url));

// They take the packages as they are built, as every application does: by what all these tests begin with.
beforeAll(async () => {
  if (!existsSync(`${folder}/node_modules`)) await finish(folder, "npm", "ci", "--no-audit", "--no-fund");
  await finish(folder, "npm", "run", "build");
}, 300_000);

async function finish(cwd: string, program: string, ...args: readonly string[]): Promise<void> {
  // Vitest says that it is a test, and this is none.
  const env = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += String(chunk)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(printed);
}

interface Application extends AsyncDisposable {
  readonly url: string;
}

async function startApplication(name: string, env: Readonly<Record<string, string>>): Promise<Application> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", name], {
    cwd: folder,
    env: { PATH: process.env["PATH"], PORT: String(port), ...env },
    stdio: "ignore",
  });
  const url = `http://localhost:${port}`;
  await vi.waitFor(() => fetch(url), { timeout: 30_000, interval: 100 });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

describe("api", () => {
  const KAVYA = { username: "kavya", password: "the tram to the harbour" };
  let directory: Directory;
  let server: Server;
  let application: Application;
  const command = (...args: readonly string[]) => run([...args, "--data", directory.path]);

  beforeAll(async () => {
    directory = await temporaryDirectory();
    server = await startServer({ data: directory.path, env: { COUNTERFOIL_REGISTRATION: "open" } });
    await post(`${server.issuer}/register`, KAVYA);
    const { credential } = JSON.parse((await command("verifiers", "add", "next", "--json")).stdout) as {
      readonly credential: string;
    };
    application = await startApplication("api", {
      COUNTERFOIL_ISSUER: server.issuer,
      COUNTERFOIL_CREDENTIAL: credential,
    });
  });
  afterAll(async () => {
    await application[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test("a route handler answers who has signed in, and nobody else", async () => {
    const { access_token } = (await post(`${server.issuer}/login`, KAVYA)).body;
    const orders = await get(`${application.url}/orders`, bearer(access_token));
    expect(orders).toMatchObject({ status: 200, body: { owner: expect.stringMatching(/^usr_/) } });
    expect(await get(`${application.url}/orders`)).toMatchObject({ status: 401, body: { code: "not_authenticated" } });
  });

  test("R051 a route handler keeps what is for administrators from others", async () => {
    const { access_token } = (await post(`${server.issuer}/login`, KAVYA)).body;
    const refused = await get(`${application.url}/reports`, bearer(access_token));
    expect(refused).toMatchObject({ status: 403, body: { code: "insufficient_role" } });
  });

  test("a page knows who has signed in by the cookie, until the sign-out", async () => {
    const signedIn = await post(`${server.issuer}/login`, KAVYA, { "Sec-Fetch-Site": "same-origin" });
    const cookie = cookieOf(signedIn);
    const page = async () => (await fetch(application.url, { headers: cookie })).text();
    expect(await page()).toMatch(/Welcome (?:<!-- -->)?usr_/);
    await post(`${server.issuer}/logout`, undefined, { ...cookie, "Sec-Fetch-Site": "same-origin" });
    await vi.waitFor(async () => expect(await page()).not.toContain("Welcome"), { timeout: 5000 });
  });
});

describe("ssr", () => {
  const KAVYA = { username: "kavya", password: "password123" };
  let application: Application;

  beforeAll(async () => {
    application = await startApplication("ssr", { COUNTERFOIL_SECRET: await newSecret() });
  });
  afterAll(() => application[Symbol.asyncDispose]());

  test("the server renders who is signed in, and sets no cookie by it", async () => {
    const page = async (headers = {}) => {
      const answer = await fetch(application.url, { headers });
      expect(answer.headers.get("set-cookie")).toBeNull();
      // React writes a comment between two texts.
      return (await answer.text()).replaceAll("<!-- -->", "");
    };
    expect(await page()).toContain('autoComplete="current-password"');
    const signedIn = await post(`${application.url}/auth/login`, KAVYA, { "Sec-Fetch-Site": "same-origin" });
    const html = await page(cookieOf(signedIn));
    expect(html).toContain("<p>Welcome kavya ");
    expect(html).toContain("<p>The orders of kavya: none yet.</p>");
    expect(html).not.toContain('autoComplete="current-password"');
  });

  test("the browser goes on with what the server has rendered, and hides what was one user's at the sign-out", async () => {
    await using browser = await launchBrowser();
    const context = await browser.chromium.newContext();
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    const { page, problems, seen } = await watchedPage(context);
    await page.goto(application.url);
    await page.getByLabel("User name").fill(KAVYA.username);
    await page.getByLabel("Password").fill(KAVYA.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("The orders of kavya").waitFor();

    const answered = page.waitForResponse("**/auth/refresh");
    await page.reload();
    await (await answered).finished();
    expect(await seen()).toEqual(["Welcome kavya Sign out\n\nThe orders of kavya: none yet."]);

    const other = await context.newPage();
    await other.goto(application.url);
    await other.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password").waitFor();
    expect(await page.getByText("The orders of kavya").count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
