import { expect, test } from "vitest";
import { ROUTES } from "../packages/server/src/http/routes/table.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { freePort } from "./support/port.ts";
import { run } from "./support/process.ts";
import { startServer } from "./support/server.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

/** Makes a user by the command line, with a password, and signs in. */
async function administrator(server: Awaited<ReturnType<typeof startServer>>, data: string): Promise<string> {
  const added = await run(["users", "add", "grace", "--role", "admin", "--data", data, "--json"]);
  const { code } = JSON.parse(added.stdout) as { readonly code: string };
  const password = "lantern otter gravel mitten";
  expect((await call(server, "POST", "/password", { body: { code, new_password: password } })).status).toBe(204);
  const { body } = await call(server, "POST", "/login", { body: { username: "grace", password } });
  return String(body["access_token"]);
}

test("R155 with --admin-port the administrators' routes are there and nowhere else, and nothing else is there but what signs them in", async () => {
  await using directory = await temporaryDirectory();
  const adminPort = await freePort();
  const data = directory.path;
  await using server = await startServer({ data, flags: ["--admin-port", String(adminPort)] });
  const admin = { ...server, port: adminPort };
  const token = await administrator(server, data);

  expect((await call(server, "GET", "/admin/users", { token })).status).toBe(404);
  expect((await call(server, "DELETE", "/admin/sessions/ses_x", { token })).status).toBe(404);
  const listed = await call(admin, "GET", "/admin/users", { token });
  expect([listed.status, (listed.body["users"] as readonly object[]).length]).toEqual([200, 1]);
  // Not by `call`, which holds an answer against what the route says of itself: here it is none.
  const statusOf = async (path: string, method: string) => {
    const headers = { Authorization: `Bearer ${token}` };
    return (await fetch(`http://127.0.0.1:${adminPort}${path}`, { method, headers })).status;
  };
  for (const path of ["/register", "/password/reset", "/oauth/token"]) expect(await statusOf(path, "POST")).toBe(404);
  for (const path of ["/revocations", "/healthz", "/.well-known/jwks.json", "/metrics"]) {
    expect(await statusOf(path, "GET")).toBe(404);
  }
  expect(await statusOf("/me", "GET")).toBe(200);
  expect((await call(admin, "GET", "/admin/users")).status).toBe(401);

  // Each describes what it answers, and nothing else.
  const described = async (target: typeof server) => {
    const { status, body } = await call(target, "GET", "/openapi.json");
    expect(status).toBe(200);
    return { servers: body["servers"], paths: Object.keys(body["paths"] as object) };
  };
  const isAdmin = (path: string) => path.startsWith("/admin/");
  const [main, own] = [await described(server), await described(admin)];
  expect([main.servers, main.paths.filter(isAdmin)]).toEqual([[{ url: server.issuer }], []]);
  // A page there signs in, sees to its own session, and signs out.
  const ofPages = ["/login", "/refresh", "/logout", "/logout/all", "/me", "/me/stream", "/sessions", "/sessions/{sid}"];
  expect([own.servers, own.paths.filter((path) => !isAdmin(path)).toSorted()]).toEqual([
    [{ url: "/" }],
    [...ofPages, "/openapi.json", "/password", "/reauthenticate"].toSorted(),
  ]);
  const all = ROUTES.map(({ path }) => path.replaceAll(/:(\w+)/g, "{$1}"));
  expect(new Set([...main.paths, ...own.paths])).toEqual(new Set(all));
});

test("R155 without it they are beside the others", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  expect((await call(server, "GET", "/admin/users", { token: access })).status).toBe(200);
});

test("R155 what is another user's is not found, whatever its name, and no answer holds more of a user than it needs", async () => {
  await using server = await startLocal();
  const kavya = await signIn(server, KAVYA);
  const arjun = await signIn(server, ARJUN);
  const foreign = await call(server, "DELETE", `/sessions/${kavya.sid}`, { token: arjun.access });
  const invented = await call(server, "DELETE", `/sessions/ses_${"A".repeat(22)}`, { token: arjun.access });
  expect([foreign.status, foreign.text]).toEqual([404, invented.text]);
  expect((await call(server, "GET", "/me", { token: kavya.access })).status).toBe(200);
  for (const path of ["/admin/users", `/admin/users/${kavya.sub}`, "/admin/sessions", "/admin/events", "/admin/keys"]) {
    expect((await call(server, "GET", path, { token: arjun.access })).status).toBe(403);
  }
  const held = (await server.services.ledger.readUser(kavya.sub as never))!;
  for (const path of ["/me", "/sessions"]) {
    const { text } = await call(server, "GET", path, { token: arjun.access });
    expect(text).not.toContain(kavya.sub);
  }
  for (const path of ["/admin/users", `/admin/users/${kavya.sub}`, "/admin/sessions", "/admin/events", "/admin/keys"]) {
    const { status, text } = await call(server, "GET", path, { token: kavya.access });
    expect(status).toBe(200);
    expect(text).not.toContain(held.passwordHash);
    expect(text).not.toMatch(/"(?:password_hash|locator_hash|sealed_key|rotation_key|d)"/);
  }
});
