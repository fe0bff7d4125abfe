// Runs before `npm start` and `npm test`, on any Node >= 20 and with nothing installed: plain JavaScript, no imports
// beyond Node's own. It makes a fresh clone ready, and does nothing when it already is.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const [major] = process.versions.node.split(".").map(Number);
if (major < 20) {
  console.error(`Counterfoil needs Node 20 or newer to install itself; this is Node ${process.versions.node}.`);
  process.exit(1);
}

// npm writes the hidden lock file last, so its presence means that an earlier install ended; comparing it with
// package-lock.json would be npm's job, and costs a second at every start.
const installed = "node_modules/.package-lock.json";
if (!existsSync(installed)) {
  if (!existsSync("package-lock.json")) {
    console.error("package-lock.json is missing: this is not a complete checkout. Clone the repository again.");
    process.exit(1);
  }
  console.error(`Installing ${JSON.parse(readFileSync("package.json", "utf8")).name}'s dependencies (once) ...`);
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("The dependencies could not be installed; what npm says is above. Run `npm ci` to see all of it.");
    process.exit(1);
  }
}
