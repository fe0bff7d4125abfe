import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { newSecret } from "./support/local.ts";
import { run } from "./support/process.ts";
import { startServer } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

test("`verifiers` registers, lists and removes services beside a running server, which hears of it at once", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  await using server = await startServer({ data: directory.path });
  const data = ["--data", directory.path];
  const empty = await run(["verifiers", "list", ...data]);
  expect([empty.code, empty.stdout]).toEqual([0, expect.stringContaining("verifiers add <name>")]);

  const { code, stdout, stderr } = await run(["verifiers", "add", "orders", ...data]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Registered orders \(ver_[\w-]{22}\)/);
  expect(stdout).toContain("/oauth/introspect");
  expect(stdout).toContain("/revocations");
  const credential = /cfv_[\w-]{48}/.exec(stdout)![0];
  const { access } = await signIn(server, KAVYA);
  const ask = () => call(server, "POST", "/oauth/introspect", { token: credential, form: { token: access } });
  expect((await ask()).body["active"]).toBe(true);
  expect((await call(server, "GET", "/revocations", { token: credential })).status).toBe(200);

  const other = await run(["verifiers", "add", "Payments.v2", "--json", ...data]);
  expect(JSON.parse(other.stdout)).toEqual({
    id: expect.stringMatching(/^ver_/),
    name: "Payments.v2",
    created_at: expect.stringMatching(/Z$/),
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

test("a name of another form, a missing one and no ledger are each told what is wrong, and make nothing", async () => {
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
});

test("beside servers that sign with HS256 no verifier is registered, whatever the command's own environment says", async () => {
  await using directory = await temporaryDirectory();
  const [symmetric, other] = [join(directory.path, "symmetric"), join(directory.path, "other")];
  const env = { COUNTERFOIL_ALGORITHM: "HS256", COUNTERFOIL_HS256_SECRET: newSecret() };
  await (await startServer({ data: symmetric, env })).stop();
  await (await startServer({ data: other })).stop();
  for (const elsewhere of [{}, { COUNTERFOIL_ALGORITHM: "ES256" }]) {
    const refused = await run(["verifiers", "add", "orders", "--data", symmetric], elsewhere);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("HS256")]);
  }
  expect((await run(["verifiers", "list", "--data", symmetric])).stdout).toContain("There are none.");
  expect((await run(["verifiers", "add", "orders", "--data", other], env)).code).toBe(0);
  // A server that has gone over to another algorithm keeps the key of the one before: what is configured tells which.
  await (await startServer({ data: symmetric })).stop();
  expect((await run(["verifiers", "add", "orders", "--data", symmetric])).code).toBe(1);
  const moved = await run(["verifiers", "add", "orders", "--data", symmetric], { COUNTERFOIL_ALGORITHM: "ES256" });
  expect(moved.code).toBe(0);
});
