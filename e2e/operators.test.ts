import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { freePort } from "./support/port.ts";
import { COMMAND } from "./support/process.ts";

const page = readFileSync(fileURLToPath(new URL("../docs/operators.md", import.meta.url)), "utf8");

interface Step {
  readonly command: string;
  /** The lines that the page shows below it. */
  readonly shown: readonly string[];
}

const steps: readonly Step[] = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
  block!
    .split(/^\$ /m)
    .slice(1)
    .map((text): Step => {
      const [command = "", ...shown] = text.trimEnd().split("\n");
      return { command, shown };
    }),
);

/** `…` in a line stands for anything, and alone in a line for any number of lines. */
function shows(shown: readonly string[]): RegExp {
  const lines = shown.map((line) => {
    if (line === "…") return String.raw`(?:[^\n]*\n)*?`;
    const escaped = line.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
    return `${escaped.join("[^\\n]*").replaceAll(/(?:\\x20| ){2,}/g, " +")}\n`;
  });
  return new RegExp(`^${lines.join("")}$`);
}

const said: string[] = [];

beforeAll(async () => {
  await using directory = await temporaryDirectory();
  const port = String(await freePort());
  const bin = join(directory.path, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "counterfoil"), `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`);
  chmodSync(join(bin, "counterfoil"), 0o755);
  const script = steps.flatMap(({ command }) => [
    command.replaceAll("localhost:4000", `localhost:${port}`),
    `printf '\\n@@ %s\\n' "$?"`,
  ]);
  const shell = spawn("bash", ["-m"], {
    cwd: directory.path,
    env: { PATH: `${bin}:${process.env["PATH"]}`, HOME: directory.path, COUNTERFOIL_PORT: port, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  shell.stderr.resume();
  shell.stdin.end(`${script.join("\n")}\n`);
  // Its exit and not its end: a server that is left over would hold its output open.
  await once(shell, "exit");
  said.push(...output.split(/\n@@ \d+\n/));
}, 240_000);

const shownSteps = steps.flatMap(({ command, shown }, index) =>
  shown.length === 0 ? [] : [{ command, shown, index }],
);

test.each(shownSteps)("the page for operators shows what is said by: $command", ({ shown, index }) => {
  const text = said[index] ?? "";
  expect(text === "" || text.endsWith("\n") ? text : `${text}\n`).toMatch(shows(shown));
});

test("a stranger who follows it has rotated a key, disabled a user and restored a backup", () => {
  const commands = steps.map(({ command }) => command).join("\n");
  for (const needed of ["keys rotate", "users disable", "restore", "secret replace"])
    expect(commands).toContain(needed);
  expect(said).toHaveLength(steps.length + 1);
});
