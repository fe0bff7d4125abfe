import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Variable, VariableName } from "../packages/server/src/config/variables.ts";
import { VARIABLES } from "../packages/server/src/config/variables.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { newSecret } from "./support/local.ts";
import { freePort } from "./support/port.ts";
import type { Ended, Variables } from "./support/process.ts";
import { run, start } from "./support/process.ts";
import { startServer } from "./support/server.ts";

let directory: Directory;
let port: number;

beforeAll(async () => {
  directory = await temporaryDirectory();
  port = await freePort();
});

afterAll(() => directory[Symbol.asyncDispose]());

let starts = 0;

/** A start that must fail. Should it succeed, it is ended, and its exit code says so. */
async function startFails(env: Variables, ...flags: readonly string[]): Promise<Ended> {
  const data = join(directory.path, `data-${starts++}`);
  const running = start(["serve", ...flags], { COUNTERFOIL_DATA: data, COUNTERFOIL_PORT: String(port), ...env });
  const timer = setInterval(() => {
    if (running.stdout().includes('"listening"')) running.child.kill("SIGKILL");
  }, 50);
  const ended = await running.ended;
  clearInterval(timer);
  return ended;
}

/** One sentence or two for whoever started it, on one line, and nothing of our insides. */
const ONE_LINE = /^counterfoil: [^\n]+\.\n$/;
const INSIDES = /\n\s+at |node:internal|file:\/\/|\.ts:\d+/;

/** For each variable, what is no value for it. */
const WRONG: Readonly<Record<VariableName, Variables | readonly Variables[]>> = {
  COUNTERFOIL_ISSUER: { COUNTERFOIL_ISSUER: "app.example.com" },
  COUNTERFOIL_AUDIENCE: { COUNTERFOIL_AUDIENCE: "one,,two" },
  COUNTERFOIL_HOST: {
    COUNTERFOIL_HOST: "no such host",
    COUNTERFOIL_INSECURE_HTTP: "true",
    COUNTERFOIL_SECRET: newSecret(),
  },
  COUNTERFOIL_PORT: { COUNTERFOIL_PORT: "http" },
  COUNTERFOIL_DATA: { COUNTERFOIL_DATA: "/dev/null/data" },
  COUNTERFOIL_DATABASE_URL: [
    "mysql://app:hunter2@localhost/counterfoil",
    "postgres://app:hunter2%@db.example/counterfoil",
    "postgres://app:hunter2@db.example/counterfoil?sslmode=require",
    "postgres://app:1234?hunter2@db.example/counterfoil",
  ].map((url) => ({ COUNTERFOIL_DATABASE_URL: url, COUNTERFOIL_SECRET: newSecret() })),
  COUNTERFOIL_SECRET: { COUNTERFOIL_SECRET: "super-secret-key" },
  COUNTERFOIL_ALGORITHM: { COUNTERFOIL_ALGORITHM: "none" },
  COUNTERFOIL_HS256_SECRET: { COUNTERFOIL_ALGORITHM: "HS256", COUNTERFOIL_HS256_SECRET: "your-256-bit-secret" },
  COUNTERFOIL_SIGNING_KEY_LIFETIME_DAYS: { COUNTERFOIL_SIGNING_KEY_LIFETIME_DAYS: "3651" },
  COUNTERFOIL_ACCESS_TOKEN_TTL_SECONDS: { COUNTERFOIL_ACCESS_TOKEN_TTL_SECONDS: "3600" },
  COUNTERFOIL_COOKIE_DOMAIN: { COUNTERFOIL_COOKIE_DOMAIN: ".example.com" },
  COUNTERFOIL_ALLOWED_ORIGINS: { COUNTERFOIL_ALLOWED_ORIGINS: "https://app.example.com/" },
  COUNTERFOIL_BEARER_ORIGINS: { COUNTERFOIL_BEARER_ORIGINS: "*" },
  COUNTERFOIL_REGISTRATION: { COUNTERFOIL_REGISTRATION: "yes" },
  COUNTERFOIL_PASSWORD_CONCURRENCY: { COUNTERFOIL_PASSWORD_CONCURRENCY: "0" },
  COUNTERFOIL_PASSWORD_QUEUE: { COUNTERFOIL_PASSWORD_QUEUE: "-1" },
  COUNTERFOIL_PASSWORD_MIN_LENGTH: { COUNTERFOIL_PASSWORD_MIN_LENGTH: "7" },
  COUNTERFOIL_PRODUCT_NAMES: { COUNTERFOIL_PRODUCT_NAMES: "Acme,,Shop" },
  COUNTERFOIL_PASSWORD_PEPPER: { COUNTERFOIL_PASSWORD_PEPPER: "black-pepper" },
  COUNTERFOIL_TRUST_PROXY: { COUNTERFOIL_TRUST_PROXY: "0.0.0.0/0" },
  COUNTERFOIL_INSECURE_HTTP: { COUNTERFOIL_INSECURE_HTTP: "yes" },
  COUNTERFOIL_METRICS_PORT: { COUNTERFOIL_METRICS_PORT: "0" },
  COUNTERFOIL_METRICS_HOST: { COUNTERFOIL_METRICS_HOST: "127.0.0.1" },
  COUNTERFOIL_ADMIN_PORT: { COUNTERFOIL_ADMIN_PORT: "65536" },
  COUNTERFOIL_ADMIN_HOST: { COUNTERFOIL_ADMIN_HOST: "127.0.0.1" },
  COUNTERFOIL_DRAIN_SECONDS: { COUNTERFOIL_DRAIN_SECONDS: "301" },
  COUNTERFOIL_LOG_LEVEL: { COUNTERFOIL_LOG_LEVEL: "verbose" },
};

const wrongs = Object.entries(WRONG).flatMap(([name, values]) =>
  [values].flat().map((env, index, { length }) => ({ name, env, which: length > 1 ? ` (${index + 1})` : "" })),
);

for (const { name, env, which } of wrongs) {
  test(`a wrong ${name}${which} stops the start, and the sentence names it and what it may be`, async () => {
    const { code, stdout, stderr } = await startFails(env);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).not.toMatch(INSIDES);
    const { flag }: Variable = VARIABLES[name as VariableName];
    expect([stderr, stderr.includes(name) || (flag !== undefined && stderr.includes(flag))]).toEqual([stderr, true]);
    expect(stderr).toMatch(/ must | such as |, or |use exactly|choose another|let this user/);
    // Nothing is left behind by a start that could not be: no ledger, no secret.
    const left = await readdir(join(directory.path, `data-${starts - 1}`)).catch(() => []);
    expect(name === "COUNTERFOIL_HOST" ? [] : left.filter((file) => file.startsWith("counterfoil.db"))).toEqual([]);
    // A secret is in no message, however wrong it is.
    for (const value of Object.entries(env).filter(([key]) => /SECRET|PEPPER/.test(key))) {
      expect(stderr).not.toContain(value[1]);
    }
    expect(stderr).not.toContain("hunter2");
  });
}

test("a wrong flag is told as its variable is, and a setting that does not exist is a typing error", async () => {
  const [flag, unknown, wrong] = [
    await startFails({}, "--port", "70000"),
    await startFails({ COUNTERFOIL_PROT: "4000" }),
    await startFails({}, "--prot", "4000"),
  ];
  expect([flag.code, unknown.code, wrong.code]).toEqual([2, 2, 2]);
  expect(flag.stderr).toMatch(/^counterfoil: COUNTERFOIL_PORT \(--port\) must be 1 to 65535\.\n$/);
  expect(unknown.stderr).toMatch(/^counterfoil: COUNTERFOIL_PROT is not a setting\. There are: COUNTERFOIL_ISSUER, /);
  expect(wrong.stderr).toMatch(/unknown option '--prot'/);
});

test("with --json an error at the start is one line of JSON", async () => {
  const { code, stderr } = await startFails({ COUNTERFOIL_PORT: "0" }, "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stderr)).toEqual({ error: expect.stringContaining("COUNTERFOIL_PORT"), code: "configuration" });
});

test("an occupied port is a sentence that says what to do", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const taken = String((other.address() as AddressInfo).port);
  const { code, stdout, stderr } = await startFails({ COUNTERFOIL_PORT: taken });
  other.close();
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    `counterfoil: Something else listens on 127.0.0.1:${taken} already: end it, or choose another port with --port.\n`,
  );
});

test("two listeners that are given one port are told by both settings", async () => {
  const both = (one: string, other: string) =>
    `counterfoil: ${one} and ${other} are both ${port}: give each a port of its own.\n`;
  const [main, admin, metrics] = [
    "COUNTERFOIL_PORT (--port)",
    "COUNTERFOIL_ADMIN_PORT (--admin-port)",
    "COUNTERFOIL_METRICS_PORT (--metrics-port)",
  ] as const;
  const same = String(port);
  const [first, second, third, wide] = await Promise.all([
    startFails({}, "--admin-port", same),
    startFails({}, "--metrics-port", same),
    startFails({}, "--port", "4999", "--admin-port", same, "--metrics-port", same),
    startFails({ COUNTERFOIL_INSECURE_HTTP: "true" }, "--host", "0.0.0.0", "--admin-port", same),
  ]);
  expect([first.code, second.code, third.code, wide.code]).toEqual([2, 2, 2, 2]);
  expect(first.stderr).toBe(both(main, admin));
  expect(second.stderr).toBe(both(main, metrics));
  expect(third.stderr).toBe(both(admin, metrics));
  expect(wide.stderr).toBe(both(main, admin));
});

test("R142 listening beyond this machine needs the proxy's name or --insecure-http, and demo never does it", async () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
    const { code, stderr } = await startFails({}, "--host", host);
    expect([host, code]).toEqual([host, 2]);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toMatch(/--trust-proxy.*--insecure-http/);
  }
  const plain = await startFails({ COUNTERFOIL_ISSUER: "http://app.example.com" });
  expect([plain.code, plain.stderr]).toEqual([2, expect.stringMatching(/https:.*--insecure-http/)]);
  const demo = await run(["demo", "--host", "0.0.0.0", "--port", String(port)], {
    COUNTERFOIL_INSECURE_HTTP: "true",
    COUNTERFOIL_SECRET: newSecret(),
    COUNTERFOIL_DATA: join(directory.path, "demo"),
  });
  expect([demo.code, demo.stderr]).toEqual([2, expect.stringMatching(/this machine alone/)]);
});

test("beyond loopback no secret is made up: the start stops and says which command prints one", async () => {
  const env = {
    COUNTERFOIL_HOST: "0.0.0.0",
    COUNTERFOIL_TRUST_PROXY: "10.0.0.0/8",
    COUNTERFOIL_ISSUER: "https://a.example",
  };
  const { code, stderr } = await startFails(env);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/COUNTERFOIL_SECRET is not set.*`counterfoil secret`/)]);
});

test("where the folder of a ledger that was moved has a secret, a start on a database without one names it", async () => {
  const data = join(directory.path, "moved");
  await (await startServer({ data })).stop();
  const env = { COUNTERFOIL_DATABASE_URL: "postgres://u:p@127.0.0.1:1/d", COUNTERFOIL_DATA: data };
  const { code, stderr } = await run(["serve", "--port", "1"], env);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(
      /^counterfoil: COUNTERFOIL_SECRET is not set.* set COUNTERFOIL_SECRET_FILE=\S+\/secret instead\.\n$/,
    ),
  ]);
});

test("a secret's file that is missing, a directory, or set beside the variable is named", async () => {
  const missing = await startFails({ COUNTERFOIL_SECRET_FILE: join(directory.path, "nothing") });
  const folder = await startFails({ COUNTERFOIL_SECRET_FILE: directory.path });
  const both = await startFails({ COUNTERFOIL_SECRET_FILE: "/dev/null", COUNTERFOIL_SECRET: newSecret() });
  expect([missing.code, folder.code, both.code]).toEqual([2, 2, 2]);
  expect(missing.stderr).toMatch(/^counterfoil: COUNTERFOIL_SECRET_FILE cannot be read \(ENOENT\): /);
  expect(folder.stderr).toMatch(/^counterfoil: COUNTERFOIL_SECRET_FILE cannot be read \(EISDIR\): /);
  expect(both.stderr).toMatch(/^counterfoil: COUNTERFOIL_SECRET and COUNTERFOIL_SECRET_FILE are both set/);
});

test("a directory that is named beside another ledger's address is refused, by the server and by every command", async () => {
  const file = join(directory.path, "address");
  await writeFile(file, "postgres://app:hunter2@127.0.0.1:1/counterfoil\n", { mode: 0o600 });
  const commands = [["serve"], ["users", "list"], ["migrate"], ["doctor"], ["backup", "x"], ["secret", "status"]];
  const refused = await Promise.all(
    commands.flatMap((args) =>
      [{ COUNTERFOIL_DATABASE_URL: "memory:" }, { COUNTERFOIL_DATABASE_URL_FILE: file }].map((env) =>
        run([...args, "--data", directory.path], { ...env, COUNTERFOIL_SECRET: newSecret() }),
      ),
    ),
  );
  expect(refused.map(({ code, stdout }) => [code, stdout])).toEqual(refused.map(() => [2, ""]));
  const said =
    /^counterfoil: --data names [^\n]*, and COUNTERFOIL_DATABASE_URL(?:_FILE)? is set, [^\n]*: leave out [^\n]*\n$/;
  expect(refused.map(({ stderr }) => stderr)).toEqual(refused.map(() => expect.stringMatching(said)));
});

test("R138 an address with a password may be in a file, which is held against the same rules", async () => {
  const file = join(directory.path, "database");
  const env = { COUNTERFOIL_DATABASE_URL_FILE: file, COUNTERFOIL_SECRET: newSecret() };
  const missing = await startFails(env);
  await writeFile(file, "postgres://app:hunter2@db.example/counterfoil?sslmode=prefer\n", { mode: 0o600 });
  const wrong = await startFails(env);
  const both = await startFails({ ...env, COUNTERFOIL_DATABASE_URL: "memory:" });
  await chmod(file, 0o606);
  const open = await startFails(env);
  expect([missing.code, wrong.code, both.code, open.code]).toEqual([2, 2, 2, 2]);
  expect(missing.stderr).toMatch(/^counterfoil: COUNTERFOIL_DATABASE_URL_FILE cannot be read \(ENOENT\): /);
  expect(wrong.stderr).toMatch(/^counterfoil: ledger \(COUNTERFOIL_DATABASE_URL\) must have sslmode=verify-full /);
  expect(both.stderr).toMatch(/COUNTERFOIL_DATABASE_URL and COUNTERFOIL_DATABASE_URL_FILE are both set/);
  expect(open.stderr).toMatch(/open to other users .* give the database's user another password\.\n$/);
  expect([missing, wrong, both, open].map(({ stderr }) => stderr).join("")).not.toContain("hunter2");
});

test("a data directory that cannot be made is named, with the secret or without", async () => {
  const file = join(directory.path, "a file");
  await writeFile(file, "");
  const data = join(file, "data");
  const without = await startFails({ COUNTERFOIL_DATA: data });
  expect([without.code, without.stderr]).toEqual([2, expect.stringMatching(/a file.*ENOTDIR.*--data\.\n$/)]);
  const withSecret = await startFails({ COUNTERFOIL_DATA: data, COUNTERFOIL_SECRET: newSecret() });
  expect([withSecret.code, withSecret.stdout]).toEqual([1, ""]);
  expect(withSecret.stderr).toMatch(ONE_LINE);
  expect(withSecret.stderr).toMatch(/ledger.*folder/);
});

test("a generated secret that was damaged is refused by name, and not replaced: sessions would end without a word", async () => {
  const data = join(directory.path, "damaged");
  await mkdir(data);
  await writeFile(join(data, "secret"), "cfk_damaged\n", { mode: 0o600 });
  const { code, stderr } = await startFails({ COUNTERFOIL_DATA: data });
  expect([code, stderr]).toEqual([2, expect.stringMatching(ONE_LINE)]);
  expect(stderr).not.toContain("cfk_damaged");
});

test("R115 a fresh server has a secret of its own in a file for its owner alone, and no users", async () => {
  const data = join(directory.path, "fresh");
  const running = start(["serve", "--port", String(port), "--data", data]);
  await expect.poll(() => running.stdout(), { timeout: 30_000 }).toContain('"listening"');
  const login = await fetch(`http://127.0.0.1:${port}/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: "kavya", password: "password123" }),
  });
  running.child.kill("SIGTERM");
  const { code } = await running.ended;
  expect([login.status, code]).toEqual([401, 0]);
  const modes = await Promise.all(
    (await readdir(data)).map(async (name) => [name, (await stat(join(data, name))).mode & 0o077]),
  );
  expect(modes.filter(([, others]) => others !== 0)).toEqual([]);
  expect(existsSync(join(data, "secret"))).toBe(true);
});

test("behind an https issuer without a declared proxy the log warns, and names the flag; with one it does not", async () => {
  const env = { COUNTERFOIL_ISSUER: "https://auth.example.com" };
  const told = [];
  for (const flags of [[], ["--trust-proxy", "127.0.0.1/32"]]) {
    const running = start(["serve", "--port", String(port), "--data", join(directory.path, "https"), ...flags], env);
    await expect.poll(() => running.stdout(), { timeout: 30_000 }).toContain('"listening"');
    running.child.kill("SIGTERM");
    const { stdout } = await running.ended;
    told.push(stdout.split("\n").filter((line) => line.includes("--trust-proxy")).length);
  }
  expect(told).toEqual([1, 0]);
});
