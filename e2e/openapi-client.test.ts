import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generateSource } from "oazapfts";
import { expect, test } from "vitest";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** What somebody writes who has nothing but the generated client: each answer narrowed by its status and its members. */
const PROGRAM = `
import { defaults, endSession, listSessions, login, logout, me, refresh } from "./client.ts";

const bearer = (token: string) => ({ headers: { ...defaults.headers, Authorization: \`Bearer \${token}\` } });

const signedIn = await login({ username: "kavya", password: "password123", transport: "bearer" });
if (signedIn.status !== 200 || !("refresh_token" in signedIn.data)) throw new Error("no tokens");
const { access_token, refresh_token } = signedIn.data;

const mine = await me(bearer(access_token));
if (mine.status !== 200) throw new Error(mine.data.code);
const { user, session } = mine.data;

const all = await listSessions(bearer(access_token));
if (all.status !== 200) throw new Error(all.data.code);
const current = all.data.sessions.filter((one) => one.current).map(({ sid }) => sid);

const refreshed = await refresh({ refresh_token, background: false }, { idempotencyKey: "0123456789abcdef" });
if (refreshed.status !== 200 || !("refresh_token" in refreshed.data)) throw new Error("no tokens");

const ended = await logout({ refresh_token: refreshed.data.refresh_token });
const after = await me(bearer(refreshed.data.access_token));
const gone = await endSession(session.sid, bearer(access_token));

const wrong = await login({ username: "kavya", password: "wrong" });
const code: "invalid_credentials" | undefined =
  wrong.status === 401 && wrong.data.code === "invalid_credentials" ? wrong.data.code : undefined;

console.log(
  JSON.stringify({
    name: user.username,
    isCurrent: current.length === 1 && current[0] === session.sid,
    expires: refreshed.data.expires_in,
    rotated: refreshed.data.access_token !== access_token,
    ended: ended.status,
    after: after.status,
    gone: gone.status,
    code,
  }),
);
`;

const compilerOptions = {
  target: "es2023",
  lib: ["es2023", "dom", "dom.iterable"],
  module: "nodenext",
  strict: true,
  noEmitOnError: true,
  skipLibCheck: true,
  rewriteRelativeImportExtensions: true,
  types: ["node"],
};

test("a client that is generated from a running server's document type-checks, and works", async () => {
  await using server = await startLocal();
  const { text } = await call(server, "GET", "/openapi.json");
  // In node_modules, so that the generated file finds its run-time part, and no other check looks here.
  const directory = await mkdtemp(join(root, "node_modules", ".counterfoil-client-"));
  try {
    const document = join(directory, "openapi.json");
    await writeFile(document, text);
    await writeFile(join(directory, "client.ts"), await generateSource(document));
    await writeFile(join(directory, "program.ts"), PROGRAM);
    await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(
      join(directory, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["client.ts", "program.ts"] }),
    );

    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const checked = await run(process.execPath, [tsc], { cwd: directory }).catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(checked.stdout).toBe("");

    const { stdout } = await run(process.execPath, ["program.js"], { cwd: directory });
    expect(JSON.parse(stdout)).toEqual({
      name: "kavya",
      isCurrent: true,
      expires: 600,
      rotated: true,
      ended: 204,
      after: 401,
      gone: 401,
      code: "invalid_credentials",
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
