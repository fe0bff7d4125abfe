import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { temporaryDirectory } from "../e2e/support/directory.ts";
import type { Directory } from "../e2e/support/directory.ts";
import { freePort } from "../e2e/support/port.ts";
import { run } from "../e2e/support/process.ts";
import { pythonWithFlask } from "../e2e/support/python.ts";
import { startServer } from "../e2e/support/server.ts";
import type { Server } from "../e2e/support/server.ts";
import { bearer, get, post } from "./client.ts";
import { startExample } from "./start-example.ts";

const KAVYA = { username: "kavya", password: "the tram to the harbour" };
const ARJUN = { username: "arjun", password: "a kettle on the stove" };

let directory: Directory;
let server: Server;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startServer({ data: directory.path, env: { COUNTERFOIL_REGISTRATION: "open" } });
  for (const user of [KAVYA, ARJUN]) {
    if ((await post(`${server.issuer}/register`, user)).status !== 201) throw new Error(server.output());
  }
  await command("users", "roles", "kavya", "admin");
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const signIn = async (user: object) => (await post(`${server.issuer}/login`, user)).body;
const signOut = (tokens: Readonly<Record<string, unknown>>) =>
  post(`${server.issuer}/logout`, undefined, bearer(tokens["refresh_token"]));

/** A command of ours beside the running server. */
async function command(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run([...args, "--data", directory.path]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** What a service is told of its server, as its README says. */
async function environment(name: string): Promise<Readonly<Record<string, string>>> {
  const { credential } = JSON.parse(await command("verifiers", "add", name, "--json")) as { credential: string };
  return { COUNTERFOIL_ISSUER: server.issuer, COUNTERFOIL_CREDENTIAL: credential };
}

describe.each(["express", "fastify", "hono", "node-http"])("api-%s", (framework) => {
  let url: string;
  let example: Awaited<ReturnType<typeof startExample>>;

  beforeAll(async () => {
    example = await startExample(`api-${framework}/server.ts`, await environment(framework));
    ({ url } = example);
  });
  afterAll(() => example[Symbol.asyncDispose]());

  test("answers who has signed in, and nobody else", async () => {
    const { access_token } = await signIn(KAVYA);
    expect(await get(`${url}/orders`, bearer(access_token))).toMatchObject({
      status: 200,
      body: { owner: expect.stringMatching(/^usr_/), orders: [] },
    });
    expect(await get(`${url}/orders`)).toMatchObject({ status: 401, body: { code: "not_authenticated" } });
    expect(await get(`${url}/orders`, bearer(`${String(access_token)}x`))).toMatchObject({
      status: 401,
      body: { code: "invalid_token" },
    });
  });

  test("R051 keeps what is for administrators from others", async () => {
    const [kavya, arjun] = [await signIn(KAVYA), await signIn(ARJUN)];
    expect(await get(`${url}/reports`, bearer(kavya["access_token"]))).toMatchObject({ status: 200 });
    const refused = await get(`${url}/reports`, bearer(arjun["access_token"]));
    expect(refused).toMatchObject({ status: 403, body: { code: "insufficient_role" } });
    expect(refused.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope"');
  });

  test("refuses a token after the sign-out, and ends the stream of its session", async () => {
    const tokens = await signIn(KAVYA);
    const other = await signIn(KAVYA);
    const stream = await fetch(`${url}/events`, { headers: bearer(tokens["access_token"]) });
    expect(stream.status).toBe(200);
    await signOut(tokens);
    expect(await stream.text()).toBe("event: hello\ndata: {}\n\nevent: end\ndata: session_ended\n\n");
    expect(await get(`${url}/orders`, bearer(tokens["access_token"]))).toMatchObject({
      status: 401,
      body: { code: "invalid_token" },
    });
    expect(await get(`${url}/orders`, bearer(other["access_token"]))).toMatchObject({ status: 200 });
  });
});

async function startFlask(env: Readonly<Record<string, string>>) {
  const port = String(await freePort());
  const app = fileURLToPath(new URL("api-flask/app.py", import.meta.url));
  const child = spawn(pythonWithFlask(), ["-m", "flask", "--app", app, "run", "--port", port], {
    env: { PATH: process.env["PATH"], PYTHONDONTWRITEBYTECODE: "1", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = `http://127.0.0.1:${port}`;
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (printed += chunk));
  await vi.waitFor(() => expect(printed).toContain(url), { timeout: 20_000, interval: 50 });
  return {
    dashboard: (token?: unknown) => get(`${url}/dashboard`, token === undefined ? {} : bearer(token)),
    admin: (token: unknown) => get(`${url}/admin`, bearer(token)),
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

describe("api-flask", () => {
  let flask: Awaited<ReturnType<typeof startFlask>>;
  beforeAll(async () => {
    flask = await startFlask(await environment("flask"));
  });
  afterAll(() => flask[Symbol.asyncDispose]());

  test("the lesson's route welcomes who has an access token, and nobody else", async () => {
    const { access_token, refresh_token } = await signIn(KAVYA);
    expect(await flask.dashboard(access_token)).toMatchObject({
      status: 200,
      body: { message: expect.stringMatching(/^Welcome usr_/) },
    });
    expect(await flask.dashboard()).toMatchObject({ status: 401, body: { code: "not_authenticated" } });
    for (const token of ["a.b.c", refresh_token, `${String(access_token)}x`]) {
      expect(await flask.dashboard(token)).toMatchObject({ status: 401, body: { code: "invalid_token" } });
    }
  });

  test("R051 a role that is missing is 403", async () => {
    const [kavya, arjun] = [await signIn(KAVYA), await signIn(ARJUN)];
    expect(await flask.admin(kavya["access_token"])).toMatchObject({ status: 200 });
    expect(await flask.admin(arjun["access_token"])).toMatchObject({
      status: 403,
      body: { code: "insufficient_role" },
    });
  });

  test("a token is refused after the sign-out, and after a change of roles", async () => {
    const tokens = await signIn(KAVYA);
    const other = await signIn(ARJUN);
    const [own, others] = [tokens["access_token"], other["access_token"]];
    expect(await flask.dashboard(own)).toMatchObject({ status: 200 });
    await signOut(tokens);
    await vi.waitFor(async () => expect(await flask.dashboard(own)).toMatchObject({ status: 401 }), { timeout: 5000 });
    expect(await flask.dashboard(others)).toMatchObject({ status: 200 });
    await command("users", "roles", "arjun", "user", "editor");
    const refused = async () => expect((await flask.dashboard(others)).body["code"]).toBe("claims_changed");
    await vi.waitFor(refused, { timeout: 5000 });
  });

  test("where it cannot tell what was revoked the answer is 503", async () => {
    const { access_token } = await signIn(KAVYA);
    await using between = await startProxy();
    await using behind = await startFlask({ ...(await environment("behind")), http_proxy: between.url });
    expect(await behind.dashboard(access_token)).toMatchObject({ status: 200 });
    const isUnavailable = async () =>
      expect(await behind.dashboard(access_token)).toMatchObject({ status: 503, body: { code: "unavailable" } });

    between.state.entries = [{ type: "device-lost", device: "dev_1" }];
    await vi.waitFor(isUnavailable, { timeout: 5000 });
    between.state.entries = [];
    await vi.waitFor(async () => expect((await behind.dashboard(access_token)).status).toBe(200), { timeout: 5000 });
    between.state.isGone = true;
    await vi.waitFor(isUnavailable, { timeout: 5000 });
  });
});

/** What stands between a service and its server, adds entries to what it is told, and may hang up. */
async function startProxy() {
  const state = { entries: [] as object[], isGone: false };
  const proxy = createServer((request, response) => {
    if (state.isGone) return void response.destroy();
    const { authorization = "" } = request.headers;
    fetch(request.url!, { headers: { Accept: "application/json", Authorization: authorization } })
      .then((answer) => answer.json() as Promise<{ readonly entries?: object[] }>)
      .then((body) => {
        body.entries?.push(...state.entries);
        return response.end(JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await promisify(proxy.close.bind(proxy))();
    },
  };
}
