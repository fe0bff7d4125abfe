import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { temporaryDirectory } from "../../e2e/support/directory.ts";
import type { Directory } from "../../e2e/support/directory.ts";
import { run } from "../../e2e/support/process.ts";
import { startServer } from "../../e2e/support/server.ts";
import type { Server } from "../../e2e/support/server.ts";
import { bearer, post } from "../client.ts";
import { startExample } from "../start-example.ts";
import type { StartedExample } from "../start-example.ts";

const KAVYA = { username: "kavya", password: "the tram to the harbour" };

let directory: Directory;
let server: Server;
let example: StartedExample;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startServer({ data: directory.path, env: { COUNTERFOIL_REGISTRATION: "open" } });
  expect((await post(`${server.issuer}/register`, KAVYA)).status).toBe(201);
  const { stdout } = await run(["verifiers", "add", "chat", "--json", "--data", directory.path]);
  const { credential } = JSON.parse(stdout) as { credential: string };
  const env = { COUNTERFOIL_ISSUER: server.issuer, COUNTERFOIL_CREDENTIAL: credential };
  example = await startExample("api-websocket/server.ts", env);
});

afterAll(async () => {
  await example[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const signIn = async () => (await post(`${server.issuer}/login`, KAVYA)).body;

function connect(token: unknown): WebSocket {
  return new WebSocket(example.url.replace("http", "ws"), ["chat", String(token)]);
}

/** What it answers to a message. */
async function ask(socket: WebSocket, message: string): Promise<string> {
  const answered = once(socket, "message") as Promise<[Buffer]>;
  socket.send(message);
  return String((await answered)[0]);
}

test("R147 it opens with an access token, repeats no token, and goes on with a fresher one of the same session", async () => {
  const tokens = await signIn();
  const socket = connect(tokens["access_token"]);
  await once(socket, "open");
  expect(socket.protocol).toBe("chat");
  expect(await ask(socket, "hello")).toMatch(/^usr_[^ ]+: hello$/);
  const fresher = (await post(`${server.issuer}/refresh`, undefined, bearer(tokens["refresh_token"]))).body;
  expect(await ask(socket, `token ${String(fresher["access_token"])}`)).toBe("renewed");
  expect(await ask(socket, `token ${String((await signIn())["access_token"])}`)).toBe("not renewed");
  expect(await ask(socket, "token nonsense")).toBe("not renewed");
  socket.close();
});

test("R147 it ends with its session, and says why", async () => {
  const tokens = await signIn();
  const socket = connect(tokens["access_token"]);
  await once(socket, "open");
  const closed = once(socket, "close") as Promise<[number, Buffer]>;
  await post(`${server.issuer}/logout`, undefined, bearer(tokens["refresh_token"]));
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([4001, "session_ended"]);
});

test("R147 without a good token it does not open", async () => {
  const [error] = (await once(connect("nonsense"), "error")) as [Error];
  expect(error.message).toBe("Unexpected server response: 401");
});
