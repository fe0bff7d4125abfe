import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAnswer } from "./support/answer.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { exchangeRaw, openSocket, parseAnswers, readToEnd } from "./support/raw.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});

afterAll(() => server[Symbol.asyncDispose]());

test("R163 who sends headers without end is told 408 and hung up on, and nobody else notices", async () => {
  const sockets = await Promise.all(Array.from({ length: 50 }, () => openSocket(server.port)));
  const ends = sockets.map((socket) => readToEnd(socket));
  for (const socket of sockets) socket.write(`GET /me HTTP/1.1\r\nHost: localhost:${server.port}\r\n`);
  const drip = setInterval(() => sockets.forEach((socket) => socket.write("X-Slow: x\r\n")), 500);
  const { access, refresh } = await signIn(server, KAVYA);
  expect((await call(server, "GET", "/dashboard", { token: access })).status).toBe(200);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(200);
  const answers = (await Promise.all(ends)).flatMap(parseAnswers);
  clearInterval(drip);
  for (const answer of answers) checkAnswer(answer, false);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([408]));
});

test("R163 bodies that do not come keep nobody else waiting, and one that breaks off does nothing", async () => {
  const { access, refresh, sid } = await signIn(server, KAVYA);
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost:${server.port}\r\nAuthorization: Bearer ${refresh}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"back`;
  const sockets = await Promise.all(Array.from({ length: 50 }, () => openSocket(server.port)));
  for (const [index, socket] of sockets.entries()) socket.write(head(index % 2 === 0 ? "/refresh" : "/logout"));
  expect((await call(server, "GET", "/dashboard", { token: access })).status).toBe(200);
  const closed = sockets.map((socket) => once(socket, "close"));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  await sleep(50);
  // Neither rotated nor ended: what has not arrived whole was not asked for.
  const record = await server.services.ledger.readSession(sid as never);
  expect([record?.endedAt, record?.session.counter]).toEqual([null, 0]);
});

test("requests in a row on one connection are answered in their order, each by its own credential", async () => {
  const kavya = await signIn(server, KAVYA);
  const line = (path: string, ...lines: readonly string[]) =>
    [`GET ${path} HTTP/1.1`, `Host: localhost:${server.port}`, ...lines, "", ""].join("\r\n");
  const answers = await exchangeRaw(
    server.port,
    line("/dashboard", `Authorization: Bearer ${kavya.access}`) +
      line("/dashboard") +
      line("/dashboard", `Authorization: Bearer ${kavya.access}`) +
      line("/nothing", "Connection: close"),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 404]);
});
