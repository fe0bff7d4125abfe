import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { Journal } from "./support/journal.ts";
import { nodeOfPath, OLDEST_NODE } from "./support/node.ts";
import { freePort } from "./support/port.ts";
import { BIN, start } from "./support/process.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));
/** Where the demonstration keeps its ledger, below the folder that it runs in. */
const DEMO_DATA = join(".counterfoil", "demo");
const TSC = join(REPOSITORY, "node_modules", ".bin", "tsc");

/** npm and npx run scripts by `node` from the PATH: it is this one. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
const execute = promisify(execFile);

const PROGRAM = `
import { createServer } from "node:http";
import { ConfigurationError, createCounterfoil, fromEnvironment } from "counterfoil";
import type { Authenticate, Counterfoil, CounterfoilOptions, ErrorCode, ExternalUser } from "counterfoil";
import { toNodeHandler } from "counterfoil/node";
import type { Verified } from "@counterfoil/verifier";
import { createKernel, nodeSignatures } from "@counterfoil/verifier/node";

const options: CounterfoilOptions = fromEnvironment(process.env);
const authenticate: Authenticate = async ({ username }): Promise<ExternalUser | null> => ({ subject: username });
const cf: Counterfoil = createCounterfoil({ ...options, authenticate });
export const sentence = (error: unknown) => (error instanceof ConfigurationError ? error.message : null);
export const code = async (): Promise<ErrorCode | null> => {
  const verified = await cf.verifier.verify("token");
  return verified.ok || !("status" in verified) ? null : verified.code;
};
createServer(toNodeHandler(cf));
const clock = { now: () => 0, monotonic: () => 0 };
const kernel = createKernel({ issuer: cf.issuer, audience: null, signatures: nodeSignatures, clock });
const verified: Verified = kernel.verify("token");
export const subject: string | null = verified.ok ? verified.auth.sub : null;
// @ts-expect-error the audience cannot be left out
createKernel({ issuer: cf.issuer, signatures: nodeSignatures, clock });
// @ts-expect-error there is no such option
createCounterfoil({ ...options, sercet: "" });
`;

let directory: Directory;
let app: string;
let packed: readonly string[];

function isPrivate(name: string): boolean {
  const manifest = readFileSync(join(REPOSITORY, "packages", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly private?: boolean }).private === true;
}

/**
 * What `npm run pack` runs, but that only the packages are built: a test that does not compile is not this test's. Nor is
 * anything deleted first, since an example is built of the same files meanwhile: where one is told to be in a tarball
 * without its source, `npm run clean` takes it away.
 */
beforeAll(async () => {
  directory = await temporaryDirectory();
  const tarballs = join(directory.path, "tarballs");
  app = join(directory.path, "app");
  await mkdir(tarballs);
  await mkdir(app);
  const projects = ["protocol", "core", "stores", "verifier", "client", "server"].map((name) => join("packages", name));
  await execute(TSC, ["-b", ...projects], { cwd: REPOSITORY, env });
  await execute(process.execPath, [join("scripts", "bundle.ts")], { cwd: REPOSITORY, env });
  const published = readdirSync(join(REPOSITORY, "packages")).filter((name) => !isPrivate(name));
  const workspaces = published.flatMap((name) => ["--workspace", join("packages", name)]);
  await execute("npm", ["pack", ...workspaces, "--pack-destination", tarballs], { cwd: REPOSITORY, env });
  packed = readdirSync(tarballs).map((name) => join(tarballs, name));

  await writeFile(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...packed];
  await execute("npm", install, { cwd: app, env });
});

afterAll(() => directory[Symbol.asyncDispose]());

test("the tarballs hold what was built from the sources in them, and nothing of the tests", async () => {
  expect(packed).toHaveLength(6);
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  expect(scripts["pack"]!.split("--workspace")).toHaveLength(packed.length + 1);
  const bundled: string[] = [];
  for (const tarball of packed) {
    const { stdout } = await execute("tar", ["-tzf", tarball]);
    expect(stdout).not.toMatch(/\.test\.|tsbuildinfo|tsconfig|\/test\/|\.db|secret$|\.env|\.git\//m);
    const files = new Set(stdout.split("\n"));
    const built = [...files].filter((file) => /^package\/dist\/.*\.js$/.test(file));
    expect(built.length).toBeGreaterThan(2);
    const sourceOf = (file: string) => file.replace(/^package\/dist\/(.*)\.js$/, "package/src/$1.ts");
    bundled.push(...built.filter((file) => !files.has(sourceOf(file))));
  }
  expect(bundled).toEqual(["package/dist/command.js"]);
});

test("the installed package has its list of common passwords and the web pages, with the licences, where both of its forms look", async () => {
  const installed = join(app, "node_modules", "counterfoil");
  // By a Node of its own: here, a package of ours would be looked for in its sources.
  const program = `
    const { isCommonPassword } = await import("./node_modules/counterfoil/dist/platform/common-passwords.js");
    console.log(["passwordpassword", "lantern gravel mitten"].map(isCommonPassword).join());
  `;
  const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", program], { cwd: app, env });
  expect(stdout).toBe("true,false\n");
  expect(await readFile(join(installed, "data", "LICENSES.txt"), "utf8")).toContain("Daniel Miessler");
  // The command is one file elsewhere, and finds it from there.
  const bin = join(installed, "bin", "counterfoil.js");
  const data = join(directory.path, "common");
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const flags = ["serve", "--issuer", issuer, "--port", String(port), "--data", data];
  const server = start(flags, {}, app, [bin]);
  const ready = () =>
    fetch(`${issuer}/readyz`).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(ready, { timeout: 60_000 }).toBe(200);
  const added = await start(["users", "add", "grace", "--data", data, "--json"], {}, app, [bin]).ended;
  const { code } = JSON.parse(added.stdout) as { readonly code: string };
  // So does what serves the web pages, which are in the package, with the licences of what is in them.
  const document = await (await fetch(`${issuer}/sign-in`)).text();
  const [, script] = /src="\.\/(assets\/[^"]+\.js)"/.exec(document)!;
  const loaded = await fetch(`${issuer}/${script}`);
  expect([loaded.status, loaded.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  expect(await readFile(join(installed, "console", "LICENSES.md"), "utf8")).toContain("react-dom");
  const target = { port, issuer, journal: new Journal() };
  const choose = (new_password: string) => call(target, "POST", "/password", { body: { code, new_password } });
  const refused = await choose("abcdefqqqpassword");
  expect([refused.status, refused.body["code"]]).toEqual([400, "password_refused"]);
  expect(refused.body["error"]).toContain("among the most common ones");
  expect((await choose("lantern gravel mitten")).status).toBe(204);
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});

/** Tells of each file that Node loads, one a line. */
const TELL_LOADED = `
import { registerHooks } from "node:module";
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith("file:")) console.error(url);
    return next(url, context);
  },
});
`;

test("the installed command is one file, which ships the licences of what is in it", async () => {
  const installed = join(app, "node_modules", "counterfoil");
  const program = ["--import", `data:text/javascript,${encodeURIComponent(TELL_LOADED)}`];
  const { code, stderr } = await start(["--version"], {}, app, [...program, join(installed, "bin", "counterfoil.js")])
    .ended;
  const loaded = stderr
    .trim()
    .split("\n")
    .map((url) => relative(join(app, "node_modules"), fileURLToPath(url)));
  const bundledPackage = /^(?:@counterfoil|@hono|commander|counterfoil|hono|kysely|zod)\//;
  const ours = loaded.filter((file) => bundledPackage.test(file));
  expect([code, ours]).toEqual([0, ["counterfoil/bin/counterfoil.js", "counterfoil/dist/command.js"]]);
  const licences = await readFile(join(installed, "dist", "command.LICENSES.txt"), "utf8");
  for (const name of ["@hono/node-server", "commander", "hono", "kysely", "zod"]) {
    expect(licences).toMatch(new RegExp(`^${name} \\d[^]*?Copyright`, "m"));
  }
});

/** Runs the installed commands on a Node: a secret, and the demonstration from its start to its end. */
async function runInstalled(node: string): Promise<{ readonly stderr: string }> {
  const bin = join(app, "node_modules", "counterfoil", "bin", "counterfoil.js");
  const secret = await start(["secret"], {}, app, [bin], node).ended;
  expect([secret.code, secret.stdout]).toEqual([0, expect.stringMatching(/^cfk_[\w-]{48}\n$/)]);
  const port = await freePort();
  const demo = start(["demo", "--port", String(port), "--api-port", String(await freePort())], {}, app, [bin], node);
  await expect.poll(() => demo.stdout() + demo.stderr(), { timeout: 60_000 }).toContain(`http://localhost:${port}`);
  const target = { port, issuer: `http://localhost:${port}`, journal: new Journal() };
  const { access, sid } = await signIn(target, KAVYA);
  expect((await call(target, "GET", "/dashboard", { token: access })).body).toEqual({ message: "Welcome kavya" });
  const explained = await start(["explain", sid, "--data", DEMO_DATA], {}, app, [bin], node).ended;
  expect([explained.code, explained.stdout]).toEqual([0, expect.stringContaining("Signed in;")]);
  demo.child.kill("SIGTERM");
  expect((await demo.ended).code).toBe(0);
  return { stderr: demo.stderr() };
}

test("installed in an empty folder, they run the demonstration, explain it, and print a secret", async () => {
  const { stdout } = await execute("npx", ["counterfoil", "secret"], { cwd: app, env });
  expect(stdout).toMatch(/^cfk_[\w-]{48}\n$/);
  expect((await runInstalled(process.execPath)).stderr).toBe("");
});

// Skipped where e2e/package.json brings no such Node for the platform.
test.skipIf(OLDEST_NODE === null)("they run on the oldest Node that is promised, and so do the sources", async () => {
  const { engines } = JSON.parse(readFileSync(join(app, "node_modules", "counterfoil", "package.json"), "utf8")) as {
    readonly engines: { readonly node: string };
  };
  const { stdout: version } = await execute(OLDEST_NODE!, ["-p", "process.versions.node"]);
  expect(`>=${version.trim()}`).toBe(`${engines.node}.0`);
  // Node 22 says of its SQLite that it is experimental, and nobody else says anything.
  const { stderr } = await runInstalled(OLDEST_NODE!);
  expect(stderr.split("\n").filter((line) => !/SQLite is an experimental|--trace-warnings/.test(line))).toEqual([""]);

  const sources = start(["explain", "ses_none", "--data", join(app, DEMO_DATA)], {}, app, [BIN], OLDEST_NODE!);
  expect([(await sources.ended).code, sources.stderr()]).toEqual([1, expect.stringContaining("knows no session")]);
});

const VERIFY = `
import { createKernel, nodeSignatures } from "@counterfoil/verifier/node";
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const kernel = createKernel({ issuer: "http://localhost", audience: null, signatures: nodeSignatures, clock });
console.log(kernel.verify("token").ok);
`;

const nodeOfVerifier = await nodeOfPath([20, 21]);

// Skipped where the PATH has no Node that is as old as that.
test.skipIf(nodeOfVerifier === null)("the verifier runs on a Node older than the server's", async () => {
  const { stdout, stderr } = await execute(nodeOfVerifier!, ["--input-type=module", "--eval", VERIFY], { cwd: app });
  expect([stdout, stderr]).toEqual(["false\n", ""]);
});

test("they type-check in a program, and say what cannot be left out", async () => {
  await writeFile(join(app, "program.ts"), PROGRAM);
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "esnext.disposable", "dom"],
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    typeRoots: [join(REPOSITORY, "node_modules", "@types")],
    types: ["node"],
  };
  await writeFile(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  const compiled = await execute(TSC, ["--noEmit"], { cwd: app, env }).catch((error: { stdout: string }) => error);
  expect(compiled.stdout).toBe("");
});
