import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const BIN = fileURLToPath(new URL("../../packages/server/bin/counterfoil.js", import.meta.url));

/** Made of the sources by `build-command.ts`. */
export const COMMAND = fileURLToPath(new URL("command.js", import.meta.url));

/** Node keeps the compiled sources here: dozens of starts are then cheap on a small machine. */
const COMPILE_CACHE = join(tmpdir(), "counterfoil-compile-cache");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of ours under way. */
export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

export type Variables = Readonly<Record<string, string>>;

/** Nothing of the test's own environment reaches it but where programs are. */
export function start(
  args: readonly string[],
  env: Variables = {},
  cwd?: string,
  program = [COMMAND],
  node = process.execPath,
): Running {
  const child = spawn(node, [...program, ...args], {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NO_COLOR: "1",
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(() => ({ code: child.exitCode, stdout, stderr }));
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs a command of ours to its end. */
export function run(args: readonly string[], env: Variables = {}, cwd?: string): Promise<Ended> {
  return start(args, env, cwd).ended;
}
