import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { exchange } from "./exchange.ts";

async function sendTo(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    return await exchange(`http://127.0.0.1:${port}`, { method: "GET", path: "/" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const PATIENCE_MS = 5000;

test("what has come of an answer when the server hangs up is told at once", async () => {
  const { answer, duration_ms: duration } = await sendTo((_, outgoing) => {
    outgoing.writeHead(200, { "Content-Length": 100 });
    outgoing.write("half of it", () => outgoing.destroy());
  });
  expect([answer?.status, answer?.body]).toEqual([200, "half of it"]);
  expect(duration).toBeLessThan(PATIENCE_MS);
});

test("a server that hangs up without an answer has given none", async () => {
  const { answer, duration_ms: duration } = await sendTo((_, outgoing) => outgoing.destroy());
  expect(answer).toBe(null);
  expect(duration).toBeLessThan(PATIENCE_MS);
});
