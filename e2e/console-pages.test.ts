import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PAGES } from "../packages/server/src/pages/pages.ts";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askPage, fillSignIn, openConsolePage, signInByForm } from "./support/console-page.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { scriptBytes } from "./support/page-quality.ts";
import { startLocal } from "./support/local.ts";
import { freePort } from "./support/port.ts";
import { startServer } from "./support/server.ts";
import { KAVYA } from "./support/sign-in.ts";
import type { Site } from "./support/site.ts";
import { MOUNT, startSite } from "./support/site.ts";
import { addUsers } from "./support/user.ts";

let browser: RunningBrowser;
let site: Site;

beforeAll(async () => {
  browser = await launchBrowser();
  site = await startSite(browser);
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

const PATHS = Object.values(PAGES);
const NAMES = PATHS.map((path) => path.slice(1));
const page = (path: string) => askPage(site.server, "GET", MOUNT + path);

test("R099 each page lets scripts in by a nonce of that answer alone, no plugin, no frame and no window of another site, and tells what it forbade", async () => {
  const nonces = new Set<string>();
  for (const path of PATHS) {
    const { status, headers, text } = await page(path);
    expect([path, status, headers.get("content-type")]).toEqual([path, 200, "text/html; charset=utf-8"]);
    const policy = String(headers.get("content-security-policy"));
    const nonce = /script-src 'nonce-([\w-]{24})' 'strict-dynamic'/.exec(policy)![1]!;
    nonces.add(nonce);
    expect(policy.replace(nonce, "N").split("; ")).toEqual([
      "default-src 'none'",
      "frame-ancestors 'none'",
      "script-src 'nonce-N' 'strict-dynamic'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "object-src 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
      `report-uri ${MOUNT}/page-reports`,
      "report-to pages",
    ]);
    expect(headers.get("reporting-endpoints")).toBe(`pages="${MOUNT}/page-reports"`);
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toBe("no-store");
    // Each script has it, and all of a script is in its file.
    const scripts = [...text.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)];
    expect(scripts.map(([, attributes, inline]) => [attributes!.includes(`nonce="${nonce}"`), inline])).toEqual([
      [true, ""],
    ]);
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<base|javascript:/i);
    // Whatever it loads, it loads from below itself.
    const addresses = [...text.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.every((address) => address!.startsWith("./"))).toBe(true);
  }
  expect(nonces.size).toBe(PATHS.length);
});

test("R099 no page of any origin frames one, the server's own neither", async () => {
  const framing = `<!doctype html><iframe src="${site.url(`${MOUNT}/account`)}"></iframe>`;
  for (const origin of [site.origin, site.siblingOrigin, site.crossOrigin]) {
    site.put(`${origin}/framing`, framing);
    const context = await site.context();
    const opened = await context.newPage();
    const refused = opened.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
    await opened.goto(`${origin}/framing`);
    await refused;
    await expect.poll(() => opened.frames()[1]?.url()).toBe("chrome-error://chromewebdata/");
  }
});

test("R099 R102 no script that a page is talked into runs, no text becomes markup, and the server hears of it", async () => {
  await using whole = await launchBrowser({ whole: true });
  await using reporting = await startSite(whole);
  const opened = await openConsolePage(reporting, "sign-in");
  await opened.getByLabel("User name").waitFor();
  const outcome = await opened.evaluate(() => {
    const script = document.createElement("script");
    const inline = document.createElement("div");
    const attempt = (action: () => void) => {
      try {
        action();
        return "done";
      } catch (error) {
        return (error as Error).name;
      }
    };
    return [
      attempt(() => (inline.innerHTML = "<img src=x onerror='globalThis.ran = 1'>")),
      attempt(() => (script.text = "globalThis.ran = 1")),
      attempt(() => inline.setAttribute("onclick", "globalThis.ran = 1")),
      attempt(() => document.body.append(script)),
      "ran" in globalThis,
    ];
  });
  expect(outcome.slice(0, 2)).toEqual(["TypeError", "TypeError"]);
  expect(outcome.at(-1)).toBe(false);
  const said = () =>
    reporting.server.notices.flatMap((notice) => (notice.type === "page_report" ? [notice.report.directive] : []));
  await expect.poll(said, { timeout: 20_000 }).toContain("require-trusted-types-for");
});

const report = (target: { readonly port: number }, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  askPage(target, "POST", "/page-reports", {
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "Content-Type": "application/csp-report", ...headers },
  });

const VIOLATION = {
  "csp-report": {
    "effective-directive": "script-src-elem",
    "blocked-uri": "https://evil.example/x.js?token=cfs_secret#x",
    "document-uri": "https://app.example.com/auth/account?code=cfp_secret",
    "source-file": "https://app.example.com/auth/assets/\u001b[31m.js",
    "line-number": 7,
    "script-sample": "the user's own text",
  },
};

test("a report is a line of the log without what is secret, whoever sends it; and however many come, the lines are few", async () => {
  await using server = await startLocal();
  const heard = () => server.notices.filter(({ type }) => type === "page_report");
  expect((await report(server, VIOLATION, { "Sec-Fetch-Site": "cross-site" })).status).toBe(204);
  expect(heard()).toMatchObject([
    {
      untold: 0,
      report: {
        directive: "script-src-elem",
        blocked: "https://evil.example/x.js",
        page: "https://app.example.com/auth/account",
        source: "https://app.example.com/auth/assets/%1B[31m.js",
        line: 7,
      },
    },
  ]);
  expect(JSON.stringify(heard())).not.toMatch(/secret|own text/);
  const body = { effectiveDirective: "img-src\n", blockedURL: "data:x", documentURL: "no address" };
  const batch = Array.from({ length: 40 }, () => ({ type: "csp-violation", body }));
  const type = { "Content-Type": "application/reports+json; charset=utf-8" };
  for (let sent = 0; sent < 5; sent++) expect((await report(server, batch, type)).status).toBe(204);
  expect(heard()).toHaveLength(10);
  expect(heard().at(-1)).toMatchObject({ report: { directive: "other", blocked: "data:", page: "other", line: null } });
  server.clock.advance(60_000);
  await report(server, VIOLATION);
  expect(heard().at(-1)).toMatchObject({ untold: 41, report: { directive: "script-src-elem" } });
});

test("what is no report is refused, and what says nothing is passed over", async () => {
  await using server = await startLocal();
  const statusOf = async (body: unknown, type?: string) =>
    (await report(server, body, type === undefined ? {} : { "Content-Type": type })).status;
  expect(await statusOf(VIOLATION, "application/json")).toBe(415);
  expect(await statusOf("{")).toBe(400);
  expect(await statusOf({ "csp-report": { "blocked-uri": "x".repeat(17_000) } })).toBe(413);
  for (const nothing of [{}, [], null, 1, { "csp-report": null }, [{ type: "deprecation" }, null]]) {
    expect(await statusOf(nothing)).toBe(204);
  }
  expect(server.notices).toEqual([]);
  const { headers } = await askPage(server, "GET", "/page-reports");
  expect(headers.get("allow")).toBe("OPTIONS, POST");
});

test("a page answers GET and HEAD; its files are kept for ever and packed, and what is no file of theirs is not found", async () => {
  for (const path of [...PATHS, "/icon.svg"]) {
    const head = await askPage(site.server, "HEAD", MOUNT + path);
    expect([path, head.status, head.text]).toEqual([path, 200, ""]);
    const wrong = await askPage(site.server, "POST", MOUNT + path, { body: "{}" });
    expect([path, wrong.status, wrong.headers.get("allow")]).toEqual([path, 405, "GET, HEAD, OPTIONS"]);
  }
  const [, name] = /"\.\/(assets\/[^"]+\.js)"/.exec((await page("/")).text)!;
  const plain = await page(`/${name}`);
  expect([plain.status, plain.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  expect(plain.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  const packed = await askPage(site.server, "GET", `${MOUNT}/${name}`, { headers: { "Accept-Encoding": "br, gzip" } });
  expect([packed.headers.get("content-encoding"), packed.headers.get("vary")]).toEqual(["gzip", "Accept-Encoding"]);
  const unpacked = await askPage(site.server, "GET", `${MOUNT}/${name}`, {
    headers: { "Accept-Encoding": "gzip;q=0" },
  });
  expect([unpacked.headers.get("content-encoding"), unpacked.text]).toEqual([null, plain.text]);
  for (const path of ["/assets/", "/assets/none.js", "/assets/..%2findex.html", "/index.html", "/LICENSES.md", "/x"]) {
    expect([path, (await page(path)).status]).toEqual([path, 404]);
  }
});

test("a browser that opens what is not there is shown a page with a way back, and anybody else the error", async () => {
  const opened = await (await site.context()).newPage();
  const answer = (await opened.goto(site.url(`${MOUNT}/some/secret-path`)))!;
  expect([answer.status(), await opened.content()]).toEqual([404, expect.not.stringContaining("secret-path")]);
  expect(answer.headers()["content-security-policy"]).toMatch(
    /^default-src 'none'; frame-ancestors 'none'; script-src/,
  );
  // Its style is there, wherever it was asked for.
  expect(await opened.evaluate(() => getComputedStyle(document.querySelector("main")!).maxWidth)).toBe("1152px");
  await opened.getByRole("link", { name: "Go to the start page" }).click();
  await opened.getByLabel("User name").waitFor();
  const read = { headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };
  for (const [method, init] of [
    ["GET", { headers: { Accept: "*/*" } }],
    ["GET", { headers: { Accept: "application/json" } }],
    ["POST", read],
  ] as const) {
    const { status, headers } = await askPage(site.server, method, `${MOUNT}/some/path`, init);
    expect([status, headers.get("content-type")]).toEqual([404, "application/json; charset=utf-8"]);
  }
  expect((await askPage(site.server, "HEAD", `${MOUNT}/some/path`, read)).text).toBe("");
});

test("below a path the pages are where the server is mounted, and its bare path leads there", async () => {
  const bare = await page("");
  expect([bare.status, bare.headers.get("location")]).toEqual([302, `${MOUNT}/`]);
  const { cf } = site.server;
  const mounted = await cf.fetch(new Request(`${site.issuer}/sign-in`));
  expect([mounted.status, await mounted.text()]).toEqual([200, expect.stringContaining('<div id="root">')]);
  expect((await cf.fetch(new Request(`${site.origin}/sign-in`))).status).toBe(404);
});

test("R102 nothing of a page reads what other windows post, makes markup of text, or is loaded from elsewhere", async () => {
  const context = await site.context();
  await context.addInitScript(() => {
    const listen = addEventListener.bind(globalThis);
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    globalThis.addEventListener = ((type: string, ...rest: [() => void]) => {
      heard.push(type);
      listen(type, ...rest);
    }) as typeof addEventListener;
  });
  const opened = await context.newPage();
  const asked = new Set<string>();
  opened.on("request", (request) => asked.add(new URL(request.url()).origin));
  for (const name of NAMES) {
    await opened.goto(site.url(`${MOUNT}/${name}`));
    await opened.getByRole("heading", { level: 1 }).or(opened.getByRole("status")).first().waitFor();
    const heard = await opened.evaluate(() => [
      ...(globalThis as unknown as { readonly heard: readonly string[] }).heard,
      ...(globalThis.onmessage === null ? [] : ["message"]),
    ]);
    expect(heard).not.toContain("message");
  }
  expect([...asked]).toEqual([site.origin]);
  const sources = fileURLToPath(new URL("../packages/console/src", import.meta.url));
  const unsafe = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function|createPolicy/i;
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
  const having = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(join(sources, file), "utf8")));
  // The Lab tries it, to show that the browser refuses.
  expect(having(unsafe)).toEqual(["lab/attacks/script.ts"]);
  // What another window has posted is read by who looks at where it comes from first.
  const listening = having(/(?<![.\w])addEventListener\(\s*"message"|\bonmessage\b/);
  expect(listening.filter((file) => !having(/\borigin !==|\borigin ===/).includes(file))).toEqual([]);
});

test("the Lab's scripts and styles are the demonstration's alone, and so are its users", async () => {
  const assets = fileURLToPath(new URL("../packages/server/console/assets", import.meta.url));
  const all = readdirSync(assets);
  const ofLab = all.filter((name) => name.startsWith("lab-"));
  expect(ofLab.length).toBeGreaterThan(8);
  const others = all.filter((name) => !ofLab.includes(name));
  const styles = others.filter((name) => name.endsWith(".css")).map((name) => name.replace(/-[^.]{8}\.css$/, ""));
  expect(styles.toSorted()).toEqual(["account-page", "administration-page", "index"]);
  const known = others.filter((name) => /password123|userpass/.test(readFileSync(join(assets, name), "utf8")));
  expect([known, (await page("/sign-in")).text.includes("password123")]).toEqual([[], false]);
  const answers = await Promise.all(ofLab.map((name) => askPage(site.server, "GET", `/assets/${name}`)));
  expect(answers.map(({ status }) => status)).toEqual(ofLab.map(() => 404));
});

test("the first page that somebody opens loads at most 150 kB of scripts, as they travel", async () => {
  for (const name of ["", "sign-in", "account", "administration"]) {
    const opened = await openConsolePage(site, name);
    await opened.getByLabel("User name").waitFor();
    if (name !== "sign-in") {
      await signInByForm(opened);
      await opened.reload();
      await opened.getByRole("heading", { level: 1 }).waitFor();
    }
    const bytes = await scriptBytes(opened);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(150_000);
  }
});

test("where a part of a page does not load, a button is there instead, which brings it when the server is back", async () => {
  const context = await site.context();
  const opened = await openConsolePage(site, "sign-in", context);
  await signInByForm(opened);
  const again = opened.getByRole("button", { name: "Load the page again" });
  const parts = [
    ["account", "account-page", "Account"],
    ["administration", "administration-page", "Administration"],
    ["administration#keys", "keys-section", "Signing keys"],
  ] as const;
  for (const [name, chunk, title] of parts) {
    const pattern = `**/assets/${chunk}-*.js`;
    await opened.route(pattern, (route) => route.abort());
    await opened.goto("about:blank");
    await opened.goto(site.url(`${MOUNT}/${name}`));
    await again.waitFor();
    // Who is signed in still has the way out.
    expect(await opened.getByRole("button", { name: "Sign out", exact: true }).count()).toBe(1);
    await opened.unroute(pattern);
    await again.click();
    await opened.getByRole("heading", { name: title, exact: true }).waitFor();
    expect(await again.count()).toBe(0);
  }
});

test("R155 with --admin-port administrators have their page there, sign in there, and find it nowhere else", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [{ ...KAVYA, roles: ["admin"] }]);
  const adminPort = await freePort();
  const flags = ["--admin-port", String(adminPort)];
  await using server = await startServer({ data: directory.path, flags });
  expect((await askPage(server, "GET", "/administration")).status).toBe(404);
  expect((await askPage({ ...server, port: adminPort }, "GET", "/create-account")).status).toBe(404);

  const context = await browser.chromium.newContext();
  const admin = await context.newPage();
  await admin.goto(`http://localhost:${adminPort}/`);
  await fillSignIn(admin);
  await admin.getByRole("button", { name: "Sign in", exact: true }).click();
  await admin.getByRole("heading", { name: "Administration", level: 1 }).waitFor();
  // The cookie is of the host: who is signed in there is here as well, where nothing leads to administration.
  const main = await context.newPage();
  await main.goto(`${server.issuer}/account`);
  await main.getByRole("heading", { name: "Account", level: 1 }).waitFor();
  expect(await main.getByRole("link", { name: "Administration" }).count()).toBe(0);
  await admin.getByRole("button", { name: "Sign out", exact: true }).click();
  await main.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
  await context.close();
});
