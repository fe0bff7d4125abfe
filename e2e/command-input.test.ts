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
  [["events", "--limit", "0"], 2, /--limit must be a whole number from 1 to 100000/],
  [["events", "--request", ""], 2, /--request must be a request's id/],
  [["events", "--type", "bogus"], 2, /there is no "bogus"\. There are .*session_opened/],
  [["users", "roles", "kavya", "admin", "--none"], 2, /exclude each other/],
] as const)("%j is refused with a sentence that says what would be right", async (args, code, sentence) => {
  const ended = await command(args);
  expect([ended.code, ended.stdout]).toEqual([code, ""]);
  expect(ended.stderr.trimEnd()).toMatch(sentence);
});

test("without an issuer a code is printed with a placeholder, and never with another server's address", async () => {
  const added = await command(["users", "add", "lise"], { COUNTERFOIL_PORT: "4001" });
  const reset = await command(["users", "reset-password", "lise"]);
  const verifier = await command(["verifiers", "add", "orders"]);
  for (const { code, stdout } of [added, reset, verifier]) {
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ {2}curl https:\/\/YOUR-SERVER\/\S+ -H/m)]);
    expect(stdout).not.toMatch(/localhost|:400/);
  }
  expect(added.stdout).toMatch(/POST \/password of your server.*\n.*COUNTERFOIL_ISSUER is not set/);
  const json = await command(["users", "reset-password", "lise", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ redeem_at: null });
  const known = await command(["users", "reset-password", "lise"], { COUNTERFOIL_ISSUER: "https://app.example.com" });
  // The body is not among the command's arguments, where `ps` and a shell's history have it.
  expect(known.stdout).toMatch(
    /^ {2}curl https:\/\/app\.example\.com\/password -H 'Content-Type: application\/json' -d @-$/m,
  );
  expect(known.stdout).toMatch(/^ {2}\{"code":"cfp_[\w-]+","new_password":"THE NEW PASSWORD"\}$/m);
});

test("an event log in which nothing matches says so to people, and nothing to programs", async () => {
  const nothing = await command(["events", "--request", "req_none"]);
  expect([nothing.code, nothing.stdout, nothing.stderr]).toEqual([0, "No event matches.\n", ""]);
  expect((await command(["events", "--request", "req_none", "--json"])).stdout).toBe("");
});
