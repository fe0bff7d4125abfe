import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seeded } from "../../../../e2e/support/random.ts";
import { fileStorage } from "./file-storage.ts";

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "counterfoil-storage-"));
  directory = join(parent, "session");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const module = new URL("file-storage.ts", import.meta.url).href;
/** Node, with `storage` of the directory and what it is told to do. */
const program = (code: string) => [
  "--conditions=@counterfoil/source",
  "--input-type=module",
  "-e",
  `import { fileStorage } from ${JSON.stringify(module)}; const storage = fileStorage(${JSON.stringify(directory)}); ${code}`,
];
const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Counts up by one, as often as it is told, whoever else does. */
const COUNT_UP = (times: number) => `
  for (let done = 0; done < ${times}; ) {
    const before = await storage.read();
    if (await storage.replace(before, String(Number(before) + 1))) done++;
  }`;

test("nobody else can read the directory or a file in it, whatever the umask", async () => {
  const before = process.umask(0);
  try {
    await fileStorage(directory).replace(null, "text");
  } finally {
    process.umask(before);
  }
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  const names = await readdir(directory);
  expect(names).toEqual(["1"]);
  expect((await stat(join(directory, "1"))).mode & 0o777).toBe(0o600);
});

test.each([
  ["the directory", "", 0o750, "chmod 0700"],
  ["the file", "1", 0o604, "chmod 0600"],
])(
  "where others can read %s it is neither read nor replaced, and the error says what to do",
  async (_, name, mode, advice) => {
    const storage = fileStorage(directory);
    await storage.replace(null, "text");
    await chmod(join(directory, name), mode);
    for (const use of [() => storage.read(), () => storage.replace("text", "other")]) {
      await expect(use()).rejects.toMatchObject({
        name: "StorageError",
        code: "exposed",
        message: expect.stringContaining(advice) as string,
      });
    }
    await chmod(join(directory, name), name === "" ? 0o700 : 0o600);
    expect(await storage.read()).toBe("text");
  },
);

test("an empty file where the newest should be is an error, and stays", async () => {
  const storage = fileStorage(directory);
  await storage.replace(null, "text");
  await writeFile(join(directory, "2"), "", { mode: 0o600 });
  for (const use of [() => storage.read(), () => storage.replace("text", "other")]) {
    await expect(use()).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining(directory) as string,
    });
  }
  expect((await readdir(directory)).toSorted()).toEqual(["1", "2"]);
});

test("what is below a file is an error that says so", async () => {
  await writeFile(directory, "a file");
  const error = { code: "failed", message: expect.stringContaining("has to be a directory of its own") as string };
  await expect(fileStorage(directory).read()).rejects.toMatchObject(error);
  expect(() => fileStorage("")).toThrow(TypeError);
});

test("what was replaced is gone from the disk, and so is what a killed process left half-written", async () => {
  const storage = fileStorage(directory);
  await storage.replace(null, "one");
  const [old, young] = [`${"o".repeat(22)}.new`, `${"y".repeat(22)}.new`];
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const name of [old, young, "notes", "notes.new"])
    await writeFile(join(directory, name), "half", { mode: 0o600 });
  for (const name of [old, "notes", "notes.new"]) await utimes(join(directory, name), hourAgo, hourAgo);
  await storage.replace("one", "two");
  // What it has not written it does not take away.
  expect((await readdir(directory)).toSorted()).toEqual(["2", "notes", "notes.new", young]);
});

test("a number that was free again below the newest is no success, and nobody reads it", async () => {
  const storage = fileStorage(directory);
  await storage.replace(null, "one");
  await storage.replace("one", "two");
  await storage.replace("two", "three");
  await writeFile(join(directory, "1"), "one", { mode: 0o600 });
  expect(await storage.read()).toBe("three");
  expect(await storage.replace("three", "four")).toBe(true);
  expect(await readdir(directory)).toEqual(["4"]);
});

test("whoever was stopped before his link, and finds his number free again, has not replaced anything", async () => {
  const storage = fileStorage(directory);
  await storage.replace(null, "one");
  const { link } = fs;
  fs.link = async (from, to) => {
    fs.link = link;
    syncBuiltinESMExports();
    const other = fileStorage(directory);
    await other.replace("one", "two");
    await other.replace("two", "three");
    return link(from, to);
  };
  syncBuiltinESMExports();
  expect(await storage.replace("one", "late")).toBe(false);
  expect(await storage.read()).toBe("three");
  expect(await readdir(directory)).toEqual(["3"]);
});

test("what was put in its place is so, though the disk does not let the old one be taken away", async () => {
  const storage = fileStorage(directory);
  await storage.replace(null, "one");
  const { rm: remove } = fs;
  fs.rm = () => Promise.reject(Object.assign(new Error("no space to take it away"), { code: "ENOSPC" }));
  syncBuiltinESMExports();
  try {
    expect(await storage.replace("one", "two")).toBe(true);
  } finally {
    fs.rm = remove;
    syncBuiltinESMExports();
  }
  expect(await storage.replace("two", "three")).toBe(true);
  expect((await readdir(directory)).filter((name) => !name.endsWith(".new"))).toEqual(["3"]);
});

test("each directory that is made is on the disk before it is gone by", async () => {
  const { open } = fs;
  const opened: string[] = [];
  fs.open = (path, ...rest) => {
    opened.push(String(path));
    return open(path, ...rest);
  };
  syncBuiltinESMExports();
  try {
    await fileStorage(join(directory, "of", "orders")).replace(null, "text");
  } finally {
    fs.open = open;
    syncBuiltinESMExports();
  }
  expect(opened).toEqual(expect.arrayContaining([parent, directory, join(directory, "of")]));
});

test("of four processes that each add their steps at once none loses one", { timeout: 60_000 }, async () => {
  const code = (name: string) => `
    for (let step = 0; step < 25; step++) {
      for (;;) {
        const before = await storage.read();
        const steps = JSON.parse(before ?? "[]");
        if (steps.includes("${name}" + step)) break;
        await storage.replace(before, JSON.stringify([...steps, "${name}" + step]));
      }
    }`;
  const run = (name: string) => promisify(execFile)(process.execPath, program(code(name)), { cwd: root });
  await Promise.all(["a", "b", "c", "d"].map(run));
  const steps = JSON.parse((await fileStorage(directory).read())!) as string[];
  expect(steps).toHaveLength(100);
  expect(new Set(steps).size).toBe(100);
});

test("killed at any moment, it is the text before or the one after, and goes on", { timeout: 60_000 }, async () => {
  const random = seeded(41);
  const storage = fileStorage(directory);
  await storage.replace(null, "0");
  let least = 0;
  for (let round = 0; round < 8; round++) {
    const code = `process.stdout.write("."); ${COUNT_UP(100_000)}`;
    const child = spawn(process.execPath, program(code), { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    await sleep(random() * 80);
    child.kill("SIGKILL");
    await once(child, "exit");
    const text = await storage.read();
    expect(text).toMatch(/^\d+$/);
    expect(Number(text)).toBeGreaterThanOrEqual(least);
    least = Number(text);
  }
  expect(least).toBeGreaterThan(0);
  expect(await storage.replace(String(least), "end")).toBe(true);
});

test("a disk that takes no more is an error, and what was there stays", async () => {
  await fileStorage(directory).replace(null, "kept");
  const code = `await storage.replace("kept", "lost").catch((error) => console.log(error.code, error.message))`;
  // No file may be written to at all; the shell's limit stands in for the disk's end.
  const limited = ["-c", 'ulimit -f 0; exec "$@"', "sh", process.execPath, ...program(code)];
  const { stdout } = await promisify(execFile)("sh", limited, { cwd: root });
  expect(stdout).toMatch(/^failed .*session cannot keep the session \(EFBIG\)/);
  expect(await fileStorage(directory).read()).toBe("kept");
  expect(await readdir(directory)).toEqual(["1"]);
});

test("a directory that may not be written is an error that says so", async () => {
  await mkdir(directory, { mode: 0o700 });
  const code = `await storage.replace(null, "x").catch((error) => console.log(error.code, error.message))`;
  await chmod(parent, 0o755);
  await chmod(directory, 0o500);
  const { stdout } = await promisify(execFile)("sh", ["-c", 'exec "$@"', "sh", process.execPath, ...program(code)], {
    cwd: root,
  });
  // Root may write anywhere.
  expect(stdout).toMatch(process.getuid?.() === 0 ? /^$/ : /^failed .* may not be read and written by this user/);
});
