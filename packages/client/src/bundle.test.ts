import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };

const source = fileURLToPath(new URL(".", import.meta.url));

interface Bundle {
  readonly code: string;
  /** The sources that are in it, from this folder on; those of other packages by their whole path. */
  readonly modules: readonly string[];
  /** What it would load besides. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** An entry as a browser gets it: bundled and minified. */
async function bundle(entry: string): Promise<Bundle> {
  const build = await rolldown({
    input: fileURLToPath(new URL(entry, import.meta.url)),
    platform: "browser",
    external: ["react", "react/jsx-runtime", /^node:/],
    resolve: { conditionNames: ["@counterfoil/source", "import", "default"] },
    onLog: (level, { message, code }) => {
      // "use client" is for whoever bundles an application.
      if (level === "warn" && code !== "MODULE_LEVEL_DIRECTIVE") throw new Error(message);
    },
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  const [chunk] = output;
  expect(output).toHaveLength(1);
  const modules = Object.entries(chunk.modules)
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .map(([id]) => id.replace(source, ""));
  return { code: chunk.code, modules, imports: [...chunk.imports, ...chunk.dynamicImports], exports: chunk.exports };
}

/** Each entry's file, but for what is Node's by its name. */
const entries = Object.entries(packageJson.exports)
  .flatMap(([name, target]) => (name === "./node" || typeof target === "string" ? [] : [target["@counterfoil/source"]]))
  .map((path) => path.replace("./src/", "./"));

const ofBearers = (modules: readonly string[]) =>
  modules.filter((path) => /^(?:bearer|storage)(?:\/|\.ts$)|^node\.ts$/.test(path));

/** Bytes, compressed. */
const MOST = 6000;
const MOST_FOR_REACT = 1500;

test("the browser entry is one file of less than 6 kB, which imports nothing", async () => {
  const { code, imports } = await bundle("./index.ts");
  expect(imports).toEqual([]);
  expect(gzipSync(code).length).toBeLessThan(MOST);
  // It is the whole entry that was weighed.
  for (const name of Object.keys(await import("./index.ts"))) expect(code).toContain(`as ${name}`);
});

test("React takes less than 1.5 kB more, itself left out", async () => {
  const [browser, react] = await Promise.all([bundle("./index.ts"), bundle("./react.ts")]);
  expect(react.imports.filter((name) => !/^react(?:\/|$)/.test(name))).toEqual([]);
  for (const name of Object.keys(await import("./react.ts"))) expect(react.code).toContain(`as ${name}`);
  // An application loads both; what they share is in it once.
  const together = browser.code + react.code;
  expect(gzipSync(together).length - gzipSync(browser.code).length).toBeLessThan(MOST_FOR_REACT);
});

test("React's entry is for the browser's half of an application with server components, and less than 1.5 kB", async () => {
  const { code, imports, exports } = await bundle("./react.ts");
  expect(imports).toEqual(["react"]);
  expect(code).toMatch(/^['"`]use client['"`];/);
  expect(gzipSync(code).length).toBeLessThan(MOST_FOR_REACT);
  expect(exports.toSorted()).toEqual(["AuthProvider", "useAuth", "useUser"]);
});

test("R166 what a page loads has nothing of refresh tokens, so no script in it can hold one", async () => {
  const { code, modules } = await bundle("./index.ts");
  expect(ofBearers(modules)).toEqual([]);
  expect(code).not.toMatch(/refresh_token|refreshToken|idempotency|cfr_/i);
});

test("R013 what a page loads has no key and no code that verifies: it takes the server's word", async () => {
  const { code, modules } = await bundle("./index.ts");
  expect(modules.filter((path) => /packages\/(?:verifier|core|server|stores)\//.test(path))).toEqual([]);
  expect(code).not.toMatch(/subtle|importKey|jwk|verify\(|PRIVATE KEY|ES256|atob\(/i);
});

test("the same looks find what they look for where it is: in the entry that is not for pages", async () => {
  const { code, modules } = await bundle("./bearer.ts");
  expect(ofBearers(modules)).toEqual(expect.arrayContaining(["bearer/bearer-client.ts", "bearer/holder.ts"]));
  expect(code).toMatch(/refresh_token/);
  expect(code).toMatch(/idempotency/i);
});

describe("runs where there is no Node", () => {
  test("there are entries to look at", () => {
    expect(entries).toEqual(expect.arrayContaining(["./index.ts", "./bearer.ts"]));
  });

  test.each(entries)("%s reaches nothing of Node's", async (entry) => {
    const { imports, code } = await bundle(entry);
    expect(imports.filter((name) => !/^react(?:\/|$)/.test(name))).toEqual([]);
    expect(code).not.toMatch(/\b(?:process|Buffer|require)\b[.(]/);
  });
});

test("./node.ts is the one that does: it keeps files", async () => {
  expect((await bundle("./node.ts")).imports.toSorted()).toEqual(["node:fs/promises", "node:path"]);
});
