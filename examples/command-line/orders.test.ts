import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryDirectory } from "../../e2e/support/directory.ts";
import type { Directory } from "../../e2e/support/directory.ts";
import { freePort } from "../../e2e/support/port.ts";
import { startDemo } from "../../e2e/support/server.ts";
import type { Server } from "../../e2e/support/server.ts";

let directory: Directory;
let home: Directory;
let server: Server;
let apiPort: number;
let port: number;

beforeAll(async () => {
  [directory, home] = [await temporaryDirectory(), await temporaryDirectory()];
  [apiPort, port] = [await freePort(), await freePort()];
  server = await startDemo(directory.path, { apiPort, port });
});
afterAll(async () => {
  for (const each of [server, directory, home]) await each[Symbol.asyncDispose]();
});

/** Runs it as its README says; `typed` is what its user types. */
async function run(command: string, typed = "") {
  const file = fileURLToPath(new URL("orders.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@counterfoil/source", file, command], {
    env: {
      PATH: process.env["PATH"],
      HOME: home.path,
      COUNTERFOIL_URL: `http://localhost:${port}`,
      ORDERS_API: `http://localhost:${apiPort}`,
    },
  });
  let [printed, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.end(typed);
  const [code] = (await once(child, "close")) as [number];
  return { code, printed, said };
}

test("it signs in once, is signed in the next time, and signs out, also without the server", async () => {
  expect(await run("orders", "kavya\nwrong\n")).toMatchObject({
    code: 1,
    said: expect.stringContaining("Invalid credentials"),
  });
  expect(await run("orders", "kavya\n")).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^Nobody was signed in\.$/m),
  });
  const welcome = { code: 0, printed: expect.stringMatching(/^\{"owner":"usr_.*"orders":\[\]\}/) as string };
  expect(await run("orders", "kavya\npassword123\n")).toMatchObject({ ...welcome, said: "User name: Password: \n" });
  expect(await run("orders")).toMatchObject({ ...welcome, said: "" });
  expect(await run("logout")).toMatchObject({ code: 0, printed: "Signed out.\n" });
  expect(await run("nonsense")).toMatchObject({ code: 1, said: "The commands are login, orders, logout.\n" });

  await run("login", "arjun\nuserpass\n");
  await server.stop();
  const offline = "Signed out here; the server will be told when it is back.\n";
  expect(await run("logout")).toMatchObject({ code: 0, printed: offline });
  server = await startDemo(directory.path, { apiPort, port });
  expect(await run("logout")).toMatchObject({ code: 0, printed: "Signed out.\n" });
});
