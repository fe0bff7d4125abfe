import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

/** Bytes, as a browser gets it: bundled, minified, compressed. */
const MOST = 6000;

const SRC = fileURLToPath(new URL(".", import.meta.url));

/** All that the entry exports; React itself is the application's. */
async function bundle(input: string) {
  const build = await rolldown({
    input: `${SRC}${input}`,
    platform: "browser",
    external: /^react(?:\/|$)/,
    resolve: { conditionNames: ["@counterfoil/source", "browser", "import", "default"] },
    onLog: (level, { message }) => {
      if (level === "warn") throw new Error(message);
    },
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const [chunk, ...others] = output;
  expect(others).toEqual([]);
  return chunk;
}

const weightOf = ({ code }: { readonly code: string }) => gzipSync(code).length;

test("the browser entry is one file of less than 6 kB, which imports nothing", async () => {
  const chunk = await bundle("index.ts");
  expect(chunk.imports).toEqual([]);
  expect(weightOf(chunk)).toBeLessThan(MOST);
  // It is the whole entry that was weighed.
  expect(chunk.exports.toSorted()).toEqual(Object.keys(await import("./index.ts")).toSorted());
});

test("what a page loads has nothing of those that hold refresh tokens", async () => {
  for (const entry of ["index.ts"]) {
    const { moduleIds } = await bundle(entry);
    const own = moduleIds.map((id) => relative(SRC, id));
    expect(own).toContain(entry);
    expect(own.filter((id) => /(?:^|\/)(?:bearer|node)\b|^node:/.test(id))).toEqual([]);
  }
});
