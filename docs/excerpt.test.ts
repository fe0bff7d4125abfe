import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The blocks of a page that say which file they are taken from. */
function excerpts(page: string): readonly (readonly [file: string, text: string])[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const blocks = text.matchAll(/^```ts excerpt=(\S+)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, file, block]) => [file!, block!]);
}

const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && excerpts(name).length > 0);

test("there are pages with excerpts", () => {
  expect(pages).toEqual(expect.arrayContaining(["express.md", "from-express-session.md"]));
});

test.each(pages)("what %s takes from a file is in that file, word for word", (page) => {
  for (const [file, block] of excerpts(page)) expect(readFileSync(join(root, file), "utf8")).toContain(block);
});

test("the lines that turn an old session into a new one are twelve", () => {
  const [, [, lines] = ["", ""]] = excerpts("from-express-session.md");
  expect(lines.trimEnd().split("\n")).toHaveLength(12);
});
