import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { freePort } from "./support/port.ts";
import { COMMAND, run } from "./support/process.ts";
import { addUsers } from "./support/user.ts";

let directory: Directory;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const users = Array.from({ length: 200 }, (_, index) => ({ username: `user${index}`, password: null }));
  await addUsers(directory.path, users);
});

afterAll(() => directory[Symbol.asyncDispose]());

/** Runs a command whose standard output is `stdout`, or a pipe that nobody reads. */
async function runInto(stdout: number | "closed", args: readonly string[]) {
  const child = spawn(process.execPath, [COMMAND, ...args, "--data", directory.path], {
    env: { PATH: process.env["PATH"], NO_COLOR: "1" },
    stdio: ["ignore", stdout === "closed" ? "pipe" : stdout, "pipe"],
  });
  child.stdout?.destroy();
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { code: child.exitCode, stderr };
}

test.runIf(existsSync("/dev/full"))(
  "a server whose log is on a full disk goes on answering, and stops when it is told to",
  async () => {
    const [full, port] = [openSync("/dev/full", "w"), await freePort()];
    const child = spawn(process.execPath, [COMMAND, "serve", "--port", String(port), "--data", directory.path], {
      env: { PATH: process.env["PATH"], COUNTERFOIL_DRAIN_SECONDS: "0" },
      stdio: ["ignore", full, "inherit"],
    });
    const ready = async () => (await fetch(`http://localhost:${port}/readyz`).catch(() => null))?.status;
    await expect.poll(ready, { timeout: 20_000 }).toBe(200);
    child.kill("SIGTERM");
    await once(child, "close");
    closeSync(full);
    expect(child.exitCode).toBe(0);
  },
);

const WITH_OUTPUT = [
  ["users", "list"],
  ["users", "list", "--json"],
  ["events", "--json", "--limit", "500"],
  ["events", "--follow"],
];

test.runIf(existsSync("/dev/full")).each(WITH_OUTPUT)(
  "`%s %s %s` says in a sentence that its output could not be written, and is exit code 1",
  async (...args) => {
    const full = openSync("/dev/full", "w");
    const given = args.filter((each) => each !== undefined);
    const { code, stderr } = await runInto(full, given);
    closeSync(full);
    expect(code).toBe(1);
    const sentence = given.includes("--json") ? (JSON.parse(stderr) as { error: string }).error : stderr;
    expect(sentence).toMatch(/Standard output cannot be written \(ENOSPC\)/);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  },
);

test.each(WITH_OUTPUT)("`%s %s %s` ends quietly where nobody reads", async (...args) => {
  const given = args.filter((each) => each !== undefined);
  expect(await runInto("closed", given)).toEqual({ code: 0, stderr: "" });
});

const RED = "\u001b[31m\u009b31m";
const LONG = "x".repeat(5000);

test.each([
  ["keys", "revoke", `b${RED}`],
  ["verifiers", "add", `a${RED}`],
  ["verifiers", "remove", `a${RED}`],
  ["users", "disable", `a${RED}`],
  ["restore", `nowhere${RED}`, "--yes"],
  ["explain", `req_${RED}`],
  ["events", "--type", RED],
  [`bogus${RED}`],
  ["users", `bogus${RED}`],
  ["users", "list", `--bogus${RED}`],
  ["events", `--limit=${RED}`],
])("V16.4.1 %j: nothing of what was typed reaches the terminal raw", async (...args) => {
  const [name = ""] = args;
  const data = name.startsWith("bogus") ? [] : ["--data", directory.path];
  const { code, stdout, stderr } = await run([...args, ...data]);
  expect(code).toBeGreaterThan(0);
  expect(stdout + stderr).toMatch(/31m/);
  expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("V16.4.1 a file's and a directory's name reach the terminal as they can be shown", async () => {
  const file = join(directory.path, `backup${RED}`);
  const first = await run(["backup", file, "--data", directory.path]);
  const again = await run(["backup", file, "--data", directory.path]);
  expect([first.code, again.code]).toEqual([0, 1]);
  for (const text of [first.stdout, again.stderr]) {
    expect(text).toContain(String.raw`backup\u{1b}[31m\u{9b}31m`);
    expect(text).not.toContain("\u001b");
  }
  const { code, stderr } = await run(["users", "list", "--data", `x${RED}`]);
  expect(code).toBe(2);
  expect(stderr).toContain(String.raw`x\u{1b}[31m\u{9b}31m`);
});

test.each([
  [["keys", "revoke", LONG]],
  [["users", "disable", LONG]],
  [["users", "disable", `"${LONG}`]],
  [["restore", LONG, "--yes"]],
  [["bogus", LONG]],
  [[LONG]],
  [["users", "list", `--${LONG}`]],
  [["events", `--limit=${LONG}`]],
])("of a long argument the beginning is told, %#", async (args) => {
  const { code, stderr } = await run(args, { COUNTERFOIL_DATA: directory.path });
  expect(code).toBeGreaterThan(0);
  expect(stderr.length).toBeLessThan(700);
});

test.each([
  [["bogus", "--json"], /unknown command 'bogus'/],
  [["users", "--json"], /unknown option/],
  [["users", "list", "--json", "--limt", "5"], /unknown option '--limt' \(Did you mean --limit\?\)/],
  [["explain", "--json"], /missing required argument 'id'/],
  [["events", "--json", "--limit", "many"], /whole number/],
])("%j is a usage error as JSON, on one line", async (args, sentence) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(stderr)).toEqual({ error: expect.stringMatching(sentence), code: "usage" });
});
