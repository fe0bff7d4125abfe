import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { Journal } from "./support/journal.ts";
import { freePort } from "./support/port.ts";
import { BIN, run, start } from "./support/process.ts";
import { startDemo, startServer } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

const manifest = JSON.parse(readFileSync(new URL("../packages/server/package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

test("--help lists the commands, and each command explains itself", async () => {
  const { code, stdout, stderr } = await run(["--help"]);
  expect([code, stderr]).toEqual([0, ""]);
  const commands = "demo serve users sessions verifiers keys secret events explain doctor backup restore migrate".split(
    " ",
  );
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
  const helps = await Promise.all(commands.map((command) => run([command, "--help"])));
  for (const [index, help] of helps.entries()) {
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toMatch(new RegExp(`^Usage: counterfoil ${commands[index]}`));
  }
  // What names a ledger in PostgreSQL, and opens it, is told where one is opened, and no demonstration opens another's.
  for (const [index, { stdout: help }] of [...helps, await run(["users", "list", "--help"])].entries()) {
    const opens = !/^(?:demo|users|sessions|verifiers|keys|secret)$/.test(commands[index] ?? "");
    expect([commands[index], /COUNTERFOIL_DATABASE_URL is [^.]*COUNTERFOIL_SECRET the/.test(help)]).toEqual([
      commands[index],
      opens,
    ]);
  }
  // Each flag names its variable, and no secret has a flag: a command line is seen by every user of the machine.
  expect(helps[1]!.stdout).toContain("COUNTERFOIL_TRUST_PROXY");
  expect(helps.map(({ stdout: help }) => help).join("")).not.toMatch(/--\S*secret/);
});

test("--version is the package's; an unknown command or a missing argument is exit code 2, with a hint", async () => {
  const version = await run(["--version"]);
  expect([version.code, version.stdout]).toEqual([0, `${manifest.version}\n`]);
  const [unknown, none] = await Promise.all([run(["srve"]), run(["explain"])]);
  expect([unknown.code, none.code]).toEqual([2, 2]);
  expect(unknown.stderr).toMatch(/unknown command 'srve'[\s\S]*--help/);
  expect(none.stderr).toMatch(/missing required argument 'id'/);
});

test("`secret` prints one secret and stores nothing, and --json wraps it", async () => {
  const { code, stdout, stderr } = await run(["secret"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^cfk_[\w-]{48}\n$/);
  const json = await run(["secret", "--json"]);
  expect(JSON.parse(json.stdout)).toEqual({ secret: expect.stringMatching(/^cfk_[\w-]{48}$/) });
});

test("a Node that is too old is one sentence with a way out, whatever was asked", async () => {
  const old = `
    Object.defineProperty(process.versions, "node", { value: "20.20.2" });
    await import(${JSON.stringify(pathToFileURL(BIN).href)});
  `;
  const { code, stdout, stderr } = await start([], {}, undefined, ["--input-type=module", "--eval", old]).ended;
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^Counterfoil needs Node 22\.18 or newer; this is Node 20\.20\.2\. .*npx [^\n]*\n$/);
});

test("a server that is told to stop lets go of everything and ends with 0, by SIGTERM and by SIGINT", async () => {
  await using directory = await temporaryDirectory();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const server = await startServer({ data: directory.path });
    server.running.child.kill(signal);
    const { code, stdout, stderr } = await server.running.ended;
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      expect.stringMatching(/^plain http/),
      "listening",
      expect.stringMatching(/^stopping/),
    ]);
  }
});

test("the demonstration opens its own ledger, whatever the environment says of another", async () => {
  await using directory = await temporaryDirectory();
  const production = join(directory.path, "production");
  const ledger = join(production, "own.db");
  const port = await freePort();
  const env = {
    COUNTERFOIL_DATABASE_URL: `sqlite:${ledger}`,
    COUNTERFOIL_DATA: production,
    COUNTERFOIL_ISSUER: "https://app.example.com",
    COUNTERFOIL_SECRET_FILE: join(production, "secret"),
    COUNTERFOIL_PORT: String(port),
  };
  const demo = start(["demo", "--api-port", String(await freePort())], env, directory.path);
  await expect.poll(() => demo.stdout() + demo.stderr(), { timeout: 60_000 }).toContain(`http://localhost:${port}`);
  const target = { port, issuer: `http://localhost:${port}`, journal: new Journal() };
  const { sid } = await signIn(target, KAVYA);
  // The command that the demonstration prints, in a shell with the same environment.
  const data = join(".counterfoil", "demo");
  const { headers } = await call(target, "GET", "/me", {});
  const command = `COUNTERFOIL_DATABASE_URL= npx counterfoil explain ${String(headers["request-id"])} --data ${data}`;
  await expect.poll(() => demo.stdout()).toContain(command);
  const without = { ...env, COUNTERFOIL_DATABASE_URL: "" };
  const explained = await run(["explain", sid, "--data", data], without, directory.path);
  expect([explained.code, explained.stdout]).toEqual([0, expect.stringContaining("of kavya")]);
  demo.child.kill("SIGTERM");
  expect([(await demo.ended).code, demo.stderr()]).toEqual([0, ""]);
  expect(readdirSync(directory.path)).toEqual([".counterfoil"]);
  expect(readdirSync(join(directory.path, ".counterfoil"))).toEqual(["demo"]);
});

test("the demonstration's directory is its own, in the one that it is given", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startDemo(directory.path);
  expect(readdirSync(directory.path)).toEqual(["demo"]);
  const { headers } = await call(server, "GET", "/me", {});
  const command = `npx counterfoil explain ${String(headers["request-id"])} --data ${join(directory.path, "demo")}`;
  await expect.poll(() => server.output()).toContain(command);
});
