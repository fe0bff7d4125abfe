import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

/** Bytes, as a browser or a Worker gets it: bundled, minified, compressed. */
const MOST = 15_500;

async function bundle(input: string) {
  const build = await rolldown({
    input: fileURLToPath(new URL(input, import.meta.url)),
    platform: "browser",
    external: ["jose"],
    resolve: { conditionNames: ["@counterfoil/source", "import", "default"] },
    onLog: (level, { message }) => {
      if (level === "warn") throw new Error(message);
    },
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  return output;
}

test("the main entry is one file of less than 15.5 kB, which a Web-standard runtime loads as it is", async () => {
  const [chunk, ...others] = await bundle("./index.ts");
  expect(others).toEqual([]);
  expect(chunk.imports.filter((name) => name !== "jose")).toEqual([]);
  expect(gzipSync(chunk.code).length).toBeLessThan(MOST);
  // It is the whole entry that was weighed.
  expect(chunk.exports).toEqual(expect.arrayContaining(Object.keys(await import("./index.ts"))));
});
