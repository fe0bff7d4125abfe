import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { Journal } from "./support/journal.ts";
import { freePort } from "./support/port.ts";
import { start } from "./support/process.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(REPOSITORY, "node_modules", ".bin", "tsc");

/** npm and npx run scripts by `node` from the PATH: it is this one. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
const execute = promisify(execFile);

const PROGRAM = `
import { createServer } from "node:http";
import { createCounterfoil, fromEnvironment, type Counterfoil, type CounterfoilOptions } from "counterfoil";
import { toNodeHandler } from "counterfoil/node";
import { createKernel, type Verified } from "@counterfoil/verifier";
import { nodeSignatures } from "@counterfoil/verifier/node";

const options: CounterfoilOptions = fromEnvironment(process.env);
const cf: Counterfoil = createCounterfoil({ ...options, authenticate: async ({ username }) => ({ subject: username }) });
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

test("the packed tarballs, installed in an empty folder, run the demonstration, print a secret, and type-check", async () => {
  await using directory = await temporaryDirectory();
  const tarballs = join(directory.path, "tarballs");
  const app = join(directory.path, "app");
  await mkdir(tarballs);
  await mkdir(app);
  // What `npm run pack` runs, but that only the packages are built: a test that does not compile is not this test's.
  const projects = ["protocol", "core", "stores", "verifier", "server"].map((name) => join("packages", name));
  await execute(TSC, ["-b", ...projects], { cwd: REPOSITORY, env });
  await execute("npm", ["pack", "--workspaces", "--pack-destination", tarballs], { cwd: REPOSITORY, env });
  const packed = readdirSync(tarballs).map((name) => join(tarballs, name));
  expect(packed.length).toBeGreaterThanOrEqual(5);
  for (const tarball of packed) {
    const { stdout } = await execute("tar", ["-tzf", tarball]);
    expect(stdout).not.toMatch(/\.test\.|tsbuildinfo|tsconfig|\/test\/|\.db|secret$|\.env|\.git\//m);
  }

  await writeFile(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...packed];
  await execute("npm", install, { cwd: app, env });

  const { stdout: secret } = await execute("npx", ["counterfoil", "secret"], { cwd: app, env });
  expect(secret).toMatch(/^cfk_[\w-]{48}\n$/);

  const port = await freePort();
  const bin = join(app, "node_modules", "counterfoil", "bin", "counterfoil.js");
  const demo = start(["demo", "--port", String(port)], {}, app, [bin]);
  await expect.poll(() => demo.stdout(), { timeout: 60_000 }).toContain(`is at http://localhost:${port}`);
  const target = { port, issuer: `http://localhost:${port}`, journal: new Journal() };
  const { access } = await signIn(target, KAVYA);
  expect((await call(target, "GET", "/dashboard", { token: access })).body).toEqual({ message: "Welcome kavya" });
  demo.child.kill("SIGTERM");
  expect([(await demo.ended).code, demo.stderr()]).toEqual([0, ""]);

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
