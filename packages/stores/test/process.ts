import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export interface Child {
  /** What it says next. */
  said(): Promise<unknown>;
  /** Everything that it has said and that nobody has heard, once it is gone. */
  rest(): Promise<readonly unknown[]>;
  start(): void;
  kill(): void;
}

const SCRIPT = fileURLToPath(new URL("child.ts", import.meta.url));
/** Node keeps the compiled sources there. */
const COMPILE_CACHE = join(tmpdir(), "counterfoil-compile-cache");

/** Starts a process of its own that does one of the tasks of `child.ts`. */
export function startChild(...args: readonly string[]): Child {
  const child = spawn(process.execPath, ["--conditions=@counterfoil/source", SCRIPT, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let open = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const whole = (open + text).split("\n");
    open = whole.pop() ?? "";
    for (const line of whole) {
      const listener = waiting.shift();
      if (listener === undefined) lines.push(line);
      else listener(line);
    }
  });
  const gone = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  return {
    said: async () => {
      const line =
        lines.shift() ??
        (await Promise.race([
          new Promise<string>((resolve) => {
            waiting.push(resolve);
          }),
          gone.then(() => Promise.reject(new Error(`the process for "${args[0]}" said nothing more`))),
        ]));
      return JSON.parse(line) as unknown;
    },
    rest: async () => {
      await gone;
      return lines.splice(0).map((line) => JSON.parse(line) as unknown);
    },
    start: () => void child.stdin.write("go\n"),
    kill: () => void child.kill("SIGKILL"),
  };
}
