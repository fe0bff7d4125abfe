// Runs before `npm test`, on any Node >= 20: what tests need of the system beside Node. One of the examples is in
// Python, TLS takes a certificate, and what a browser does is tested in a real one.
// Several servers stand behind a real balancer, and a database that fails over takes more of PostgreSQL than npm brings.
// Plain JavaScript, no imports beyond Node's own. It installs from Debian's packages where it may; where it may not, the
// test that needs them says what is missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PACKAGES = ["python3-flask", "python3-jwt", "python3-cryptography", "openssl", "haproxy", "postgresql"];
/** As in e2e/support/browser.ts: a page costs it a third of the CPU time of a whole browser. Not every system has it. */
const SHELL = "chromium-headless-shell";
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const isMissing =
  !["/usr/bin/python3", "python3"].some(hasModules) ||
  !succeeds("openssl", ["version"]) ||
  !["/usr/sbin/haproxy", "haproxy"].some((haproxy) => succeeds(haproxy, ["-v"])) ||
  // Debian's own place for it: the tests take what is there.
  !existsSync("/usr/lib/postgresql");

if (existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
  if (isMissing) install(...PACKAGES);
  if (!BROWSERS.some(isBrowser)) install("chromium");
  if (!isBrowser(SHELL)) install(SHELL);
}

function isBrowser(browser) {
  return succeeds(browser, ["--version"]);
}

function hasModules(python) {
  return succeeds(python, ["-c", "import flask, jwt, cryptography"]);
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function install(...packages) {
  console.error(`Installing ${packages.join(", ")} (once) ...`);
  const isDone = () => aptGet("install", "--yes", "--no-install-recommends", ...packages);
  // Package lists may be missing altogether, as in a fresh container.
  return isDone() || (aptGet("update") && isDone());
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["--quiet", ...args], { stdio: "ignore", env }).status === 0;
}
