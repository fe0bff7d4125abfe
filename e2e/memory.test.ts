import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { start } from "./support/process.ts";

const PROGRAM = fileURLToPath(new URL("support/password-memory.ts", import.meta.url));

test("R141 once it is checked, a password is not in the server's memory any more", async () => {
  await using directory = await temporaryDirectory();
  const flags = ["--expose-gc", "--conditions=@counterfoil/source", PROGRAM];
  const { code, stdout, stderr } = await start([directory.path], {}, undefined, flags).ended;
  expect([code, stderr]).toEqual([0, ""]);
  // The control is a text that is kept on purpose: a snapshot that finds nothing proves nothing.
  expect(JSON.parse(stdout)).toEqual({ statuses: [200, 401, 401], kept: true, passwords: 0 });
});
