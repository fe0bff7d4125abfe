import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { run } from "./support/process.ts";
import { KAVYA } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

let directory: Directory;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  writeFileSync(join(directory.path, "secret"), "cfk_secret");
  writeFileSync(join(directory.path, "pepper"), "cfk_pepper");
});

afterAll(() => directory[Symbol.asyncDispose]());

const command = (args: readonly string[], env = {}) => run([...args, "--data", directory.path], env);

test("R138 no force has a backup take the place of a secret or of a part of the ledger", async () => {
  const at = (name: string) => join(directory.path, name);
  const before = readdirSync(directory.path);
  for (const name of ["secret", "pepper", "counterfoil.db", "counterfoil.db-wal"]) {
    const env = { COUNTERFOIL_PASSWORD_PEPPER_FILE: at("pepper") };
    const { code, stdout, stderr } = await command(["backup", at(name), "--force"], env);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^counterfoil: [^\n]+ name another file\. There is no backup\.\n$/);
  }
  expect(readdirSync(directory.path)).toEqual(before);
  expect([readFileSync(at("secret"), "utf8"), readFileSync(at("pepper"), "utf8")]).toEqual([
    "cfk_secret",
    "cfk_pepper",
  ]);
});

test.each([
  [["restore", ".", "--yes"], 1, /^counterfoil: \. is no file: name what .* Nothing was changed\.$/],
  [["restore", "/tmp", "--yes"], 1, /^counterfoil: \/tmp is no file: name what .* Nothing was changed\.$/],
  [["restore", "", "--yes"], 2, /^counterfoil: Name the file that `counterfoil backup` wrote\.$/],
  [["restore", "nowhere.db", "--yes"], 1, /nowhere\.db is not there/],
  [["backup", ""], 2, /^counterfoil: Name the file that the backup is to be in\.$/],
] as const)("%j is refused with a sentence that says what would be right", async (args, code, sentence) => {
  const ended = await command(args);
  expect([ended.code, ended.stdout]).toEqual([code, ""]);
  expect(ended.stderr.trimEnd()).toMatch(sentence);
});
