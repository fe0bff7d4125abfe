import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/**
 * What Node 22.18, the oldest that the server promises, does not have. Neither the types nor the other tests would
 * notice, as both are Node 24's. e2e/packed.test.ts runs the packages there, where such a Node can be installed.
 */
const MISSING = [
  [/\busing\s+[\w$]+\s*=/, "`using` and `await using`"],
  [/\b(?:Async)?DisposableStack\b/, "DisposableStack"],
  [/\bSuppressedError\b/, "SuppressedError"],
  [/\bPromise\.try\b/, "Promise.try"],
  [/\bRegExp\.escape\b/, "RegExp.escape"],
  [/\bError\.isError\b/, "Error.isError"],
  [/\b(?:to|from)(?:Base64|Hex)\b/, "Uint8Array and Base64"],
  [/\bFloat16Array\b/, "Float16Array"],
  [/\bURLPattern\b/, "URLPattern"],
] as const;

/** Without comments, and without the bodies of texts on one line. */
function code(path: string): string {
  return readFileSync(path, "utf8")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/(^|\s)\/\/.*$/gm, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""');
}

const packages = new URL("../packages", import.meta.url).pathname;
const sources = readdirSync(packages, { recursive: true, encoding: "utf8" }).filter(
  (path) => /^\w+\/(?:src|bin)\/.*\.[jt]s$/.test(path) && !path.endsWith(".test.ts"),
);

test.each(MISSING)("no source of a package has %s: Node 22 does not know %s", (missing) => {
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((path) => missing.test(code(join(packages, path))))).toEqual([]);
});
