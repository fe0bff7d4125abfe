// Runs before `npm start` and `npm test`, on any Node >= 20 and with nothing installed: plain JavaScript, no imports
// beyond Node's own. It makes a fresh clone ready, and does nothing when it already is.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";

const [major, minor] = process.versions.node.split(".").map(Number);
const LOCK = "package-lock.json";
// npm writes its hidden lock file last, so its presence means that an install ended.
const INSTALLED = "node_modules/.package-lock.json";

if (major < 20) stop(`Counterfoil's checkout needs Node 20 or newer; this is Node ${process.versions.node}.`);
if (!existsSync(LOCK)) stop(`${LOCK} is missing, so this is not a whole checkout: clone the repository again.`);
if (!existsSync(INSTALLED) || statSync(LOCK).mtimeMs > statSync(INSTALLED).mtimeMs) install();
// The lock file brings Node 24 where its registry has one for the platform; elsewhere it has to be there already.
if (
  !existsSync("node_modules/.bin/node") &&
  !existsSync("node_modules/.bin/node.cmd") &&
  (major < 22 || (major === 22 && minor < 18))
) {
  stop(
    `There is no Node to install for this platform, and this one is ${process.versions.node}: put Node 24 on the PATH.`,
  );
}
if (!isBuilt()) {
  console.error("Building the web pages (once, and after a change) ...");
  const { status } = spawnSync(
    process.execPath,
    ["node_modules/vite/bin/vite.js", "build", "packages/console", "--logLevel", "error"],
    {
      stdio: ["ignore", "ignore", "inherit"],
      // What is built for tests would be React's development build.
      env: { ...process.env, NODE_ENV: "production" },
    },
  );
  if (status !== 0) stop("The web pages could not be built; what is wrong is above.");
}

/** Nothing that the pages are made of is newer than they are. */
function isBuilt() {
  const built = "packages/server/console/index.html";
  if (!existsSync(built)) return false;
  const { mtimeMs } = statSync(built);
  return ["packages/console", "packages/client/src", "packages/protocol/src", LOCK].every(
    (path) => newest(path) <= mtimeMs,
  );
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path).filter((name) => name !== "node_modules" && name !== "dist");
  return Math.max(...inside.map((name) => newest(`${path}/${name}`)));
}

function install() {
  console.error("Installing the dependencies (once, and after an update) ...");
  const windows = process.platform === "win32";
  const { status } = spawnSync(windows ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: windows,
  });
  if (status !== 0) stop("The dependencies could not be installed; what npm says is above. `npm ci` shows all of it.");
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
