import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every page of the checkout. What git ignores is none: it is installed, built, or a server's. */
function pages(folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules" || entry.name === "dist") return [];
    if (entry.isDirectory()) return pages(path);
    return path.endsWith(".md") ? [path] : [];
  });
}

/** Where a page's links lead; what stands in code is no link. */
function targets(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8")
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "`");
  const inline = text.matchAll(/\]\(([^)\s]+)\)/g);
  const defined = text.matchAll(/^\[[^\]]+\]: (\S+)$/gm);
  return [...inline, ...defined].map(([, target]) => target!);
}

test.each(pages())("the links of %s lead to what is there", (page) => {
  const relative = targets(page).filter((target) => !/^(?:https?:|mailto:|#)/.test(target));
  const missing = relative.filter((target) => !existsSync(join(root, dirname(page), target.replace(/#.*$/, ""))));
  expect(missing).toEqual([]);
});
