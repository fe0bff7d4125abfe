import { once } from "node:events";
import { readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const USER = { username: "user", password: "a long password" };

interface Seen {
  readonly path: string;
  readonly at: number;
  /** `null` where no byte of an answer came; "cut" where an answer began, and did not end. */
  readonly status: number | "cut" | null;
  readonly closes: boolean;
}

/** One request, and how it ended. */
function ask(server: Server, agent: Agent, path: string, token?: string): Promise<Seen> {
  return new Promise((resolve) => {
    const done = (status: Seen["status"], closes = false) => resolve({ path, at: performance.now(), status, closes });
    const headers = {
      Host: new URL(server.issuer).host,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
    request({ host: "127.0.0.1", port: server.port, path, headers, agent }, (response) => {
      response.resume();
      response.on("end", () => done(response.statusCode ?? 0, response.headers.connection === "close"));
      response.on("error", () => done("cut"));
    })
      .on("error", () => done(null))
      .end();
  });
}

/** Asks one after another until nobody answers. */
async function load(server: Server, agent: Agent, path: string, token?: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  do seen.push(await ask(server, agent, path, token));
  while (seen.at(-1)?.status !== null);
  return seen;
}

test("told to stop under load, the server says so at /readyz, answers on while it drains, and cuts no answer", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [USER]);
  await using server = await startServer({ data: directory.path, env: { COUNTERFOIL_DRAIN_SECONDS: "1" } });
  const { access } = await signIn(server, USER);
  const agent = new Agent({ keepAlive: true });
  const clients = [
    ...Array.from({ length: 8 }, () => load(server, agent, "/me", access)),
    ...Array.from({ length: 2 }, () => load(server, agent, "/readyz")),
  ];
  await sleep(500);
  const told = performance.now();
  server.running.child.kill("SIGTERM");
  const seen = (await Promise.all(clients)).flat();
  const { code, stderr } = await server.running.ended;
  expect([code, stderr]).toEqual([0, ""]);
  const statuses = (which: (one: Seen) => boolean) => new Set(seen.filter(which).map(({ status }) => status));
  expect(statuses(({ path, status }) => path === "/me" && status !== null)).toEqual(new Set([200]));
  expect(statuses(({ path, at }) => path === "/readyz" && at < told)).toEqual(new Set([200]));
  const draining = (one: Seen) => one.at > told + 200 && one.at < told + 900;
  expect(statuses((one) => one.path === "/readyz" && draining(one))).toEqual(new Set([503]));
  // All of them were answered while it drained, and each connection was let go with its answer.
  expect(statuses((one) => one.path === "/me" && draining(one))).toEqual(new Set([200]));
  expect(seen.filter((one) => draining(one) && !one.closes)).toEqual([]);
  expect(seen.filter((one) => one.status === null && one.at < told + 900)).toEqual([]);
  agent.destroy();
});

test("a request that had come in gets its answer after the server has closed, the log is written, and the ledger is one file again", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [USER]);
  const server = await startServer({ data: directory.path });
  await signIn(server, USER);
  const body = JSON.stringify(USER);
  const waiting = request({
    port: server.port,
    host: "127.0.0.1",
    path: "/login",
    method: "POST",
    headers: {
      Host: new URL(server.issuer).host,
      "Content-Type": "application/json",
      "Content-Length": body.length,
      Expect: "100-continue",
    },
  });
  waiting.flushHeaders();
  // The server has its headers, and waits for the rest.
  await once(waiting, "continue");
  const stopped = server.stop();
  const others = new Agent();
  await expect.poll(async () => (await ask(server, others, "/healthz")).status, { timeout: 10_000 }).toBeNull();
  waiting.end(body);
  const [response] = (await once(waiting, "response")) as [IncomingMessage];
  expect([response.statusCode, response.headers.connection]).toEqual([200, "close"]);
  response.resume();
  const { code, stdout } = await stopped;
  expect(code).toBe(0);
  expect(stdout).toContain('"signal":"SIGTERM","seconds":0');
  expect(readdirSync(directory.path).toSorted()).toEqual(["counterfoil.db", "secret"]);
});

test("a second signal ends it at once, and at a terminal nobody waits for balancers", async () => {
  await using directory = await temporaryDirectory();
  const env = { COUNTERFOIL_DRAIN_SECONDS: "60" };
  const hasty = await startServer({ data: directory.path, env });
  hasty.running.child.kill("SIGTERM");
  await expect.poll(() => hasty.output()).toContain("a second signal ends it at once");
  hasty.running.child.kill("SIGTERM");
  await hasty.running.ended;
  expect(hasty.running.child.signalCode).toBe("SIGTERM");
  const interrupted = await startServer({ data: directory.path, env });
  interrupted.running.child.kill("SIGINT");
  expect((await interrupted.running.ended).code).toBe(0);
});
