import type { Finding } from "./finding.ts";
import { ok, problem, warning } from "./finding.ts";

/** @param version such as `24.1.0` */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    return problem("node", `Node ${version} is too old.`, "Use Node 22.18 or newer.");
  }
  // Odd ones get no fixes for long, and none for a server.
  if (major % 2 === 1) return warning("node", `Node ${version} is no long-term release.`, "Use an even one.");
  return ok("node", `Node ${version}.`);
}
