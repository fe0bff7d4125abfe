import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { fullDisk } from "./support/full-disk.ts";
import { call } from "./support/http.ts";
import { newSecret } from "./support/local.ts";
import type { Variables } from "./support/process.ts";
import { run } from "./support/process.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const DAY = 24 * 3600_000;

/** A command of `counterfoil secret` with the environment of that directory's server, and what it says as JSON. */
async function secret(data: string, args: readonly string[], env: Variables = {}) {
  const { code, stdout, stderr } = await run(["secret", ...args, "--json"], { COUNTERFOIL_DATA: data, ...env });
  return { code, said: JSON.parse(stdout === "" ? stderr : stdout) as Record<string, unknown> };
}

const secretsIn = async (path: string) => (await readFile(path, "utf8")).trim().split(",");

/** Time goes by in the ledger: what its secrets have been through is so much longer ago. */
function age(data: string, milliseconds: number): void {
  using database = new DatabaseSync(join(data, "counterfoil.db"));
  for (const column of ["adopted_at", "sealed_at", "lacked_at"]) {
    database.prepare(`UPDATE secrets SET ${column} = ${column} - ?`).run(milliseconds);
  }
}

/** How many secrets a server has told the ledger of. */
function adopted(data: string): number {
  using database = new DatabaseSync(join(data, "counterfoil.db"));
  return (database.prepare("SELECT count(*) AS n FROM secrets").get() as { readonly n: number }).n;
}

/** Both transports at once, as a user would have them. */
async function signInBoth(server: Server) {
  const { refresh, access } = await signIn(server, KAVYA);
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  return { refresh, access, cookie };
}

// These two wait for the server's next look at its secrets, most of a minute: they do it together.
test.concurrent("a full disk, or a file that became wrong while the server runs: what was there goes on", async () => {
  await using directory = await temporaryDirectory();
  using disk = fullDisk(directory.path);
  const data = join(disk.path, "data");
  const path = join(data, "secret");
  await using server = await startServer({ data });
  const before = await readFile(path, "utf8");
  disk.fill(server.pid);
  const full = await secret(data, ["rotate"]);
  expect([full.code, await readFile(path, "utf8")]).toEqual([2, before]);
  expect(String(full.said["error"])).toMatch(/could not be written \(\w+\), and are as they were/);
  expect((await readdir(data)).filter((name) => name.startsWith("secret"))).toEqual(["secret"]);
  disk.free(server.pid);
  await writeFile(path, "cfk_damaged\n");
  await expect
    .poll(() => server.output(), { timeout: 45_000, interval: 1_000 })
    .toMatch(/"task":"secrets","error":"The secret in .* is refused/);
  expect((await call(server, "GET", "/readyz")).status).toBe(200);
});

test.concurrent("R138 a file-kept secret is rotated by one command run again and again, and nobody is signed out", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const path = join(data, "secret");
  await addUsers(data, [KAVYA]);
  let user: { refresh: string; cookie: string };
  {
    await using server = await startServer({ data });
    user = await signInBoth(server);
    const [old] = await secretsIn(path);
    expect(await secret(data, ["rotate"])).toMatchObject({ code: 0, said: { outcome: "appended" } });
    const both = await secretsIn(path);
    expect([both[0], both.length]).toEqual([old, 2]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    // The server that runs has not read it: moving it first would be too early.
    expect((await secret(data, ["rotate"])).said).toMatchObject({ outcome: "waiting", step: "wait_for_servers" });
    expect(await secretsIn(path)).toEqual(both);
    // It does within half a minute, without a restart.
    await expect.poll(() => adopted(data), { timeout: 45_000, interval: 500 }).toBe(2);
    expect((await secret(data, ["status"])).said["secrets"]).toHaveLength(2);
    expect((await call(server, "GET", "/readyz")).status).toBe(200);
    age(data, 119_000);
    expect((await secret(data, ["rotate"])).said).toMatchObject({ outcome: "moved" });
    expect(await secretsIn(path)).toEqual(both.toReversed());
  }
  await using server = await startServer({ data });
  const refreshed = await call(server, "POST", "/refresh", { token: user.refresh });
  const byCookie = await call(server, "POST", "/refresh", { cookie: user.cookie });
  expect([refreshed.status, byCookie.status, byCookie.setCookies.length]).toEqual([200, 200, 1]);
  const { said: waiting } = await secret(data, ["rotate"]);
  expect(waiting).toMatchObject({ outcome: "waiting", step: "wait_for_sealed" });
  expect(Date.parse(String(waiting["until"]))).toBeGreaterThan(Date.now() + 29 * DAY);
  age(data, 31 * DAY);
  expect((await secret(data, ["rotate"])).said).toMatchObject({ outcome: "removed" });
  expect(await secretsIn(path)).toHaveLength(1);
  expect((await secret(data, ["status"])).said["next"]).toEqual({ step: "append" });
  const again = await call(server, "POST", "/refresh", { token: String(refreshed.body["refresh_token"]) });
  expect(again.status).toBe(200);
}, 300_000);

test("in the environment the command names the three edits, and changes nothing", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const [old, next] = [newSecret(), newSecret()];
  const env = (...secrets: string[]) => ({ COUNTERFOIL_DATA: data, COUNTERFOIL_SECRET: secrets.join(",") });
  {
    await using server = await startServer({ data, env: env(old) });
    expect((await call(server, "GET", "/readyz")).status).toBe(200);
    const first = await run(["secret", "rotate"], env(old));
    expect(first.stdout).toMatch(/the first:\n {2}append a comma and what `counterfoil secret` prints/);
    const waiting = await run(["secret", "rotate"], env(old, next));
    expect(waiting.stdout).toMatch(/^Nothing to do yet\. No running server has read/);
  }
  await using server = await startServer({ data, env: env(old, next) });
  age(data, 121_000);
  expect((await run(["secret", "rotate"], env(old, next))).stdout).toMatch(/second edit:\n {2}move number 2/);
  await server.stop();
  await using moved = await startServer({ data, env: env(next, old) });
  expect((await run(["secret", "rotate"], env(next, old))).stdout).toMatch(/may be taken away from/);
  age(data, 31 * DAY);
  expect((await run(["secret", "rotate"], env(next, old))).stdout).toMatch(/third edit:\n {2}take number 2/);
  expect((await call(moved, "GET", "/readyz")).status).toBe(200);
  expect(await readdir(data)).not.toContain("secret");
});

test("where another server seals with a secret that is not here, status and rotate say to add it, and nothing is changed", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const path = join(data, "own");
  const [old, theirs] = [newSecret(), newSecret()];
  await writeFile(path, old, { mode: 0o600 });
  await (await startServer({ data, env: { COUNTERFOIL_SECRET: old } })).stop();
  await using other = await startServer({ data, env: { COUNTERFOIL_SECRET: `${theirs},${old}` } });
  const env = { COUNTERFOIL_SECRET_FILE: path };
  const { said } = await secret(data, ["status"], env);
  const { fingerprints } = said["next"] as { readonly fingerprints: readonly string[] };
  expect(said["next"]).toEqual({ step: "add", fingerprints: [expect.any(String)] });
  const status = await run(["secret", "status"], { COUNTERFOIL_DATA: data, ...env });
  expect(status.stdout).toMatch(new RegExp(`\n\nSessions are sealed with ${fingerprints[0]} too, .* behind the first`));
  const rotated = await secret(data, ["rotate"], env);
  expect([rotated.code, rotated.said["code"], String(rotated.said["error"])]).toEqual([
    2,
    "configuration",
    expect.stringMatching(new RegExp(`${fingerprints[0]}.* behind the first\\. Nothing was changed\\.$`)),
  ]);
  expect(await secretsIn(path)).toEqual([old]);
  expect((await call(other, "GET", "/readyz")).status).toBe(200);
});

test("a replaced secret: at once nothing of the old one is good, the running server goes on with the new one", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await addUsers(data, [KAVYA]);
  await using server = await startServer({ data });
  const { refresh, access, cookie } = await signInBoth(server);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
  const unsure = await secret(data, ["replace"]);
  expect([unsure.code, unsure.said["code"], String(unsure.said["error"])]).toEqual([
    2,
    "usage",
    expect.stringMatching(/everybody signs in again.*--yes/),
  ]);
  const { code, said } = await secret(data, ["replace", "--yes"]);
  expect([code, said]).toMatchObject([0, { outcome: "replaced", sessions_ended: 2, discarded: [expect.any(String)] }]);
  await expect
    .poll(async () => (await call(server, "GET", "/me", { token: access })).status, { timeout: 2_000 })
    .toBe(401);
  await expect.poll(async () => (await call(server, "POST", "/refresh", { token: refresh })).status).toBe(401);
  expect((await call(server, "POST", "/refresh", { cookie })).status).toBe(401);
  // What is answered from memory is refused once the log has told of it.
  await expect.poll(async () => (await call(server, "GET", "/me", { cookie })).status).toBe(401);
  await expect.poll(async () => (await call(server, "GET", "/readyz")).status).toBe(200);
  const fresh = await signInBoth(server);
  expect((await call(server, "GET", "/me", { token: fresh.access })).status).toBe(200);
  expect((await call(server, "POST", "/refresh", { token: fresh.refresh })).status).toBe(200);
  expect(await secretsIn(join(data, "secret"))).toHaveLength(1);
  // Nothing to finish: whoever says it again means it again.
  expect((await secret(data, ["replace", "--yes"])).said).toMatchObject({ outcome: "replaced", sessions_ended: 2 });
});

test("a replacement that was cut short is finished by running it again, wherever it was cut", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const path = join(data, "secret");
  await addUsers(data, [KAVYA]);
  await (await startServer({ data })).stop();
  const [old] = await secretsIn(path);
  // Before the ledger was told: the new one is in the file, in front of the old one.
  await writeFile(path, `${newSecret()},${old}\n`, { mode: 0o600 });
  expect((await secret(data, ["replace", "--yes"])).said).toMatchObject({ outcome: "replaced" });
  const [good] = await secretsIn(path);
  // After it was told, and before the file was cleared: it starts, and the rest is cleared.
  await writeFile(path, `${good},${old}\n`, { mode: 0o600 });
  await using server = await startServer({ data });
  const { refresh } = await signIn(server, KAVYA);
  expect((await secret(data, ["replace", "--yes"])).said).toMatchObject({ outcome: "finished" });
  expect(await secretsIn(path)).toEqual([good]);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(200);
});

test("a replaced secret in the environment: a server with the old one says so and mints nothing, one with the new one starts", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  await addUsers(data, [KAVYA]);
  const [old, next] = [newSecret(), newSecret()];
  await using left = await startServer({ data, env: { COUNTERFOIL_SECRET: old } });
  const { refresh, cookie, access } = await signInBoth(left);
  // As after restoring a backup: it cannot start before the ledger is told.
  const early = await run(["serve", "--data", data, "--port", "1"], { COUNTERFOIL_SECRET: next });
  expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("`counterfoil secret replace`")]);
  const without = await secret(data, ["replace", "--yes"], { COUNTERFOIL_SECRET: next });
  expect([without.code, String(without.said["error"])]).toEqual([2, expect.stringContaining("--with-environment")]);
  const args = ["replace", "--yes", "--with-environment"];
  expect(await secret(data, args, { COUNTERFOIL_SECRET: next })).toMatchObject({
    code: 0,
    said: { outcome: "replaced" },
  });
  expect((await secret(data, args, { COUNTERFOIL_SECRET: next })).said).toMatchObject({ outcome: "unchanged" });
  expect(await secret(data, args, { COUNTERFOIL_SECRET: old })).toMatchObject({ code: 1, said: { code: "conflict" } });
  await expect
    .poll(async () => (await call(left, "GET", "/readyz")).body["error"], { timeout: 2_000 })
    .toMatch(/discarded/);
  const answers = await Promise.all([
    call(left, "POST", "/refresh", { token: refresh }),
    call(left, "POST", "/refresh", { cookie }),
    call(left, "GET", "/me", { cookie }),
    call(left, "GET", "/me", { token: access }),
    call(left, "POST", "/login", { body: KAVYA }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 503]);
  await using server = await startServer({ data, env: { COUNTERFOIL_SECRET: next } });
  const fresh = await signIn(server, KAVYA);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(401);
  // What the new one sealed is no forgery to the old server: it lacks the secret, and says so.
  expect((await call(left, "POST", "/refresh", { token: fresh.refresh })).status).toBe(503);
  expect((await call(server, "POST", "/refresh", { token: fresh.refresh })).status).toBe(200);
  const restarted = await run(["serve", "--data", data, "--port", "1"], { COUNTERFOIL_SECRET: old });
  expect([restarted.code, restarted.stderr]).toEqual([
    2,
    expect.stringMatching(/discarded.*set the one that took their place/),
  ]);
});

test("--data means the directory's own secret, whatever the environment has; a secret of another ledger is never written over", async () => {
  await using directory = await temporaryDirectory();
  const [own, other] = [join(directory.path, "own"), join(directory.path, "other")];
  const production = join(directory.path, "production");
  await writeFile(production, newSecret(), { mode: 0o600 });
  const text = await readFile(production, "utf8");
  await (await startServer({ data: own })).stop();
  await (await startServer({ data: other, env: { COUNTERFOIL_SECRET: newSecret() } })).stop();
  const [before] = await secretsIn(join(own, "secret"));
  const keys = async (data: string) => (await run(["keys", "list", "--json", "--data", data])).stdout;
  const [ownKeys, otherKeys] = [await keys(own), await keys(other)];
  for (const env of [{ COUNTERFOIL_SECRET_FILE: production }, { COUNTERFOIL_SECRET: text }]) {
    // The server's own setting, and the ledger of another: neither is touched.
    for (const args of [["rotate"], ["replace", "--yes"]]) {
      expect(await secret(own, args, env)).toMatchObject({ code: 2, said: { code: "configuration" } });
      // Nor is a secret made for a ledger whose own is not here.
      const { code, stderr } = await run(["secret", ...args, "--data", other], env);
      expect([code, stderr]).toEqual([2, expect.stringContaining("set COUNTERFOIL_DATA, and COUNTERFOIL_SECRET")]);
    }
    expect((await run(["keys", "rotate", "--data", other], env)).code).toBe(2);
  }
  expect([await keys(own), await keys(other)]).toEqual([ownKeys, otherKeys]);
  expect(await secretsIn(join(own, "secret"))).toEqual([before]);
  expect(await readdir(other)).not.toContain("secret");
  const env = { COUNTERFOIL_SECRET_FILE: production };
  const rotated = await run(["secret", "rotate", "--data", own, "--json"], env);
  expect(JSON.parse(rotated.stdout)).toMatchObject({ outcome: "appended", file: join(own, "secret") });
  expect((await run(["keys", "rotate", "--data", own], env)).code).toBe(0);
  const replaced = await run(["secret", "replace", "--yes", "--data", own, "--json"], env);
  expect(JSON.parse(replaced.stdout)).toMatchObject({ outcome: "replaced" });
  expect(await secretsIn(join(own, "secret"))).not.toContain(before);
  expect(await readFile(production, "utf8")).toBe(text);
  // The way for a ledger whose own secret is lost.
  const given = { COUNTERFOIL_SECRET: text };
  const lost = await run(["secret", "replace", "--yes", "--with-environment", "--data", other, "--json"], given);
  expect([lost.code, JSON.parse(lost.stdout)]).toMatchObject([0, { outcome: "replaced" }]);
});

test("R138 a secret's file that others can read or change stops the start, with the command that mends it", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const path = join(data, "secret");
  await (await startServer({ data })).stop();
  for (const mode of [0o640, 0o604, 0o620]) {
    await chmod(path, mode);
    const { code, stdout, stderr } = await run(["serve", "--data", data]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      `counterfoil: The secret in ${path} is open to other users of this machine (${path} has mode 0${mode.toString(8)}): run chmod 600 ${path}, and if a stranger can have read it, counterfoil secret replace.\n`,
    );
  }
  await chmod(path, 0o600);
  await (await startServer({ data })).stop();
  // The operator's own file: anybody who may change it is the server's master.
  const own = join(data, "own");
  await writeFile(own, newSecret(), { mode: 0o600 });
  await chmod(own, 0o666);
  const open = await run(["serve", "--data", join(data, "other")], { COUNTERFOIL_SECRET_FILE: own });
  expect([open.code, open.stderr]).toEqual([
    2,
    expect.stringMatching(/^counterfoil: COUNTERFOIL_SECRET_FILE is open to other/),
  ]);
  await chmod(own, 0o400);
  await (await startServer({ data: join(data, "other"), env: { COUNTERFOIL_SECRET_FILE: own } })).stop();
});
