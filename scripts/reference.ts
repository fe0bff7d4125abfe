// Makes docs/reference/ from the sources: `npm run reference`. With --check, as a step of `npm run check`, it writes
// nothing and fails where a page is not what the sources say.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "oxfmt";
import { commands } from "./reference/commands.ts";
import { configuration } from "./reference/configuration.ts";
import { errors } from "./reference/errors.ts";
import { events } from "./reference/events.ts";
import { routes } from "./reference/routes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "docs", "reference");
const PAGES: Readonly<Record<string, () => string>> = {
  "commands.md": commands,
  "configuration.md": configuration,
  "errors.md": errors,
  "events.md": events,
  "routes.md": routes,
};

const { ignorePatterns: _, ...style } = JSON.parse(readFileSync(join(root, ".oxfmtrc.json"), "utf8")) as Record<
  string,
  unknown
>;
mkdirSync(folder, { recursive: true });
const there = new Set(readdirSync(folder));
const stale: string[] = [...there].filter((name) => !(name in PAGES));
for (const [name, make] of Object.entries(PAGES)) {
  const { code, errors: faults } = await format(name, make(), style);
  if (faults.length > 0) throw new Error(`${name} cannot be formatted: ${faults[0]!.message}`);
  if (there.has(name) && readFileSync(join(folder, name), "utf8") === code) continue;
  stale.push(name);
  if (!process.argv.includes("--check")) writeFileSync(join(folder, name), code);
}

if (!process.argv.includes("--check")) for (const name of stale) if (!(name in PAGES)) rmSync(join(folder, name));
if (process.argv.includes("--check") && stale.length > 0) {
  console.error(`docs/reference/ is not what the sources say (${stale.join(", ")}): run npm run reference.`);
  process.exitCode = 1;
}
