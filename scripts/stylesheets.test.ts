import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SOURCES = fileURLToPath(new URL("../packages/console/src/", import.meta.url));

/** The first of each rule that is in no other. */
function outermost(css: string): readonly string[] {
  const starts: string[] = [];
  let depth = 0;
  for (const [, before = "", brace] of css.replaceAll(/\/\*.*?\*\//gs, "").matchAll(/([^{}]*)([{}]|$)/g)) {
    if (depth === 0 && before.trim() !== "") starts.push(before.trim());
    if (brace === "{") depth++;
    if (brace === "}") depth--;
  }
  return starts;
}

/** What each stylesheet keeps to that is loaded with a part of the pages; those of the whole are in style/. */
const PARTS = globSync("**/*.css", { cwd: SOURCES })
  .filter((path) => !path.startsWith("style"))
  .map((path) => ({ path, css: readFileSync(`${SOURCES}${path}`, "utf8") }));

// What was loaded once stays: two that style the same class would spoil each other, and which one wins depends on the
// order in which somebody has looked at the parts.
test("whatever a part of the pages styles is within an element of its own, whose class is named by no other stylesheet", () => {
  expect(PARTS.length).toBeGreaterThan(5);
  const roots = PARTS.map(({ path, css }) => [path, outermost(css)] as const);
  expect(roots.filter(([, starts]) => starts.length !== 1 || !/^\.[a-z-]+$/.test(starts[0]!))).toEqual([]);
  const all = globSync("**/*.css", { cwd: SOURCES }).map((path) => readFileSync(`${SOURCES}${path}`, "utf8"));
  const shared = roots.filter(([, [root]]) => {
    const named = new RegExp(String.raw`[.]${root!.slice(1)}(?![\w-])`);
    return all.filter((css) => named.test(css)).length !== 1;
  });
  expect(shared).toEqual([]);
  // It would reach out of it.
  expect(PARTS.filter(({ css }) => css.includes("&")).map(({ path }) => path)).toEqual([]);
});
