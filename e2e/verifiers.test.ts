import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { run } from "./support/process.ts";
import { startDemo } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";
import { join } from "node:path";

test("`verifiers` registers, lists and removes services beside a running server, which hears of it at once", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startDemo(directory.path);
  const data = ["--data", join(directory.path, "demo")];
  const empty = await run(["verifiers", "list", ...data]);
  expect([empty.code, empty.stdout]).toEqual([0, expect.stringContaining("verifiers add <name>")]);

  const { code, stdout, stderr } = await run(["verifiers", "add", "orders", ...data]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Registered orders \(ver_[\w-]{22}\)/);
  expect(stdout).toContain("/oauth/introspect");
  const credential = /cfv_[\w-]{48}/.exec(stdout)![0];
  const { access } = await signIn(server, KAVYA);
  const ask = () => call(server, "POST", "/oauth/introspect", { token: credential, form: { token: access } });
  expect((await ask()).body["active"]).toBe(true);

  const other = await run(["verifiers", "add", "Payments.v2", "--json", ...data]);
  expect(JSON.parse(other.stdout)).toEqual({
    id: expect.stringMatching(/^ver_/),
    name: "Payments.v2",
    created_at: expect.any(Number),
    credential: expect.stringMatching(/^cfv_/),
  });
  const listed = await run(["verifiers", "list", ...data]);
  expect(listed.stdout.split("\n").map((line) => line.split(/ +/)[0])).toEqual(["NAME", "Payments.v2", "orders", ""]);
  expect(listed.stdout).not.toContain("cfv_");
  const json = JSON.parse((await run(["verifiers", "list", "--json", ...data])).stdout) as { verifiers: object[] };
  expect(json.verifiers.map((verifier) => Object.keys(verifier))).toEqual([
    ["id", "name", "created_at"],
    ["id", "name", "created_at"],
  ]);

  const taken = await run(["verifiers", "add", "orders", ...data]);
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("already")]);
  const removed = await run(["verifiers", "remove", "orders", ...data]);
  expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining("Removed orders")]);
  expect((await ask()).status).toBe(401);
  const { id } = JSON.parse(other.stdout) as { id: string };
  expect((await run(["verifiers", "remove", id, ...data])).code).toBe(0);
  const gone = await run(["verifiers", "remove", "orders", "--json", ...data]);
  expect([gone.code, JSON.parse(gone.stderr)]).toEqual([
    1,
    { error: expect.stringContaining("no verifier"), code: "not_found" },
  ]);
});

test("a name of another form, a missing one, no ledger and HS256 are each told what is wrong, and make nothing", async () => {
  await using directory = await temporaryDirectory();
  const data = ["--data", directory.path];
  const [form, missing, none] = await Promise.all([
    run(["verifiers", "add", "a b", ...data]),
    run(["verifiers", "add", ...data]),
    run(["verifiers", "list", ...data]),
  ]);
  expect([form.code, form.stderr]).toEqual([2, expect.stringContaining("1 to 64 letters")]);
  expect(missing.code).toBe(2);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("There is no ledger")]);
  {
    await using server = await startDemo(directory.path);
    expect(server.port).toBeGreaterThan(0);
  }
  const demo = ["--data", join(directory.path, "demo")];
  const hs256 = await run(["verifiers", "add", "orders", ...demo], { COUNTERFOIL_ALGORITHM: "HS256" });
  expect([hs256.code, hs256.stderr]).toEqual([2, expect.stringContaining("HS256")]);
  expect(JSON.parse((await run(["verifiers", "list", "--json", ...demo])).stdout)).toEqual({ verifiers: [] });
});
