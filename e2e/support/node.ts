import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const BROUGHT = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));

/** The oldest Node that the server promises to run on: e2e/package.json brings it; `null` where it has none. */
export const OLDEST_NODE: string | null = existsSync(BROUGHT) ? BROUGHT : null;

/** A Node of one of these major versions, from the PATH; `null` where there is none. */
export async function nodeOfPath(majors: readonly number[]): Promise<string | null> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(folder, "node");
    if (existsSync(node) && majors.includes(await majorOf(node))) return node;
  }
  return null;
}

async function majorOf(node: string): Promise<number> {
  const { stdout } = await promisify(execFile)(node, ["-p", "process.versions.node"]);
  return Number.parseInt(stdout, 10);
}
