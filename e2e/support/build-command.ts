import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Builds the one file that the installed command is, before the first whole-system test: they start it some hundred times,
 * and it is what users run.
 */
export default function buildCommand(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  for (const script of [[tsc, "-b"], ["scripts/bundle.ts"]]) {
    execFileSync(process.execPath, script, { cwd: root, stdio: "inherit" });
  }
  // A test of the tarballs builds `dist` anew meanwhile. It finds its package's files from here as from there.
  cpSync(join(root, "packages/server/dist/command.js"), join(root, "packages/server/.command/command.js"));
}
