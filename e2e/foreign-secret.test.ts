import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { newSecret } from "./support/local.ts";
import { freePort } from "./support/port.ts";
import { run } from "./support/process.ts";
import { startServer } from "./support/server.ts";

test("a server that is started with another secret does not start, and takes nothing from the one that runs", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await using server = await startServer({ data });
  const port = String(await freePort());
  const wrong = await run(["serve", "--port", port, "--data", data], { COUNTERFOIL_SECRET: newSecret() });
  expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
  expect(wrong.stderr).toMatch(
    /^counterfoil: None of the secrets is one that this ledger's servers seal with\. [^\n]+\n$/,
  );
  // It would be told of a missing secret at its next look.
  const { stdout } = await run(["secret", "status", "--json", "--data", data]);
  expect((JSON.parse(stdout) as { readonly secrets: readonly object[] }).secrets).toHaveLength(1);
  await sleep(1000);
  expect((await call(server, "GET", "/readyz")).status).toBe(200);
});

test("a lost secret's file is not taken for a new one's: put back, everything goes on", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const [path, kept] = [join(data, "secret"), join(data, "kept")];
  {
    await using server = await startServer({ data });
    expect((await call(server, "GET", "/readyz")).status).toBe(200);
  }
  const before = readFileSync(path, "utf8");
  renameSync(path, kept);
  const port = String(await freePort());
  const lost = await run(["serve", "--port", port, "--data", data]);
  expect([lost.code, lost.stdout]).toEqual([2, ""]);
  renameSync(kept, path);
  expect(readFileSync(path, "utf8")).toBe(before);
  await using again = await startServer({ data });
  expect((await call(again, "GET", "/readyz")).status).toBe(200);
});
