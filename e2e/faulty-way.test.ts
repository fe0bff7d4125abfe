import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { FaultName } from "./support/fault.ts";
import { randomFaults } from "./support/fault.ts";
import { faultyWay } from "./support/faulty-way.ts";
import { openFront } from "./support/front.ts";

/** Counts what it is asked, and answers with the count. */
async function startCounter() {
  let count = 0;
  const server = createServer((incoming: IncomingMessage, outgoing) => {
    incoming.resume();
    outgoing.end(JSON.stringify({ count: ++count }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    count: () => count,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test.each<[FaultName, string, number]>([
  ["none", '200 {"count":1}', 1],
  ["lose_request", "lost", 0],
  ["lose_answer", "lost", 1],
  ["twice_first", '200 {"count":1}', 2],
  ["twice_second", '200 {"count":2}', 2],
  ["swallow_request", "nothing", 0],
  ["swallow_answer", "nothing", 1],
  ["bad_gateway", "502 <!doctype html>", 0],
  ["unavailable", "503 <!doctype html>", 0],
  ["captive_portal", "401 <!doctype html>", 0],
  ["cut", "lost", 1],
])("a request that meets %s gets %j, and the server was asked %i times", async (fault, expected, count) => {
  await using counter = await startCounter();
  const way = faultyWay(() => counter.port);
  await using front = await openFront(null, way.answer);
  const { met } = way.next("POST", "/x", fault);
  const giveUp = new AbortController();
  const answer = fetch(`http://127.0.0.1:${front.port}/x`, { method: "POST", body: "b", signal: giveUp.signal }).then(
    async (response) => `${response.status} ${(await response.text()).slice(0, 15)}`,
  );
  const seen = answer.catch(() => (giveUp.signal.aborted ? "nothing" : "lost"));
  await met;
  // What goes on beside it is answered, and what is swallowed is not: then there is nothing to wait for.
  await fetch(`http://127.0.0.1:${front.port}/other`, { method: "HEAD" });
  if (expected === "nothing") giveUp.abort();
  expect(await seen).toBe(expected);
  expect(counter.count()).toBe(count + 1);
  expect(way.exchanges.map(({ path, body }) => path + body)).toEqual(["/xb", "/other"]);
});

test("an answer that is held comes when it is released, and a seed gives the same faults again", async () => {
  await using counter = await startCounter();
  const way = faultyWay(() => counter.port);
  await using front = await openFront(null, way.answer);
  const held = way.next("GET", "/x", "hold");
  const order: string[] = [];
  const answer = fetch(`http://127.0.0.1:${front.port}/x`).then(() => order.push("answered"));
  await held.met;
  order.push("met");
  held.release();
  await answer;
  expect(order).toEqual(["met", "answered"]);
  const faults = (seed: number) => {
    const script = randomFaults(seed, 0.5, 0);
    return Array.from({ length: 200 }, () => script({ method: "GET", path: "/" }));
  };
  expect(faults(7)).toEqual(faults(7));
  expect(new Set(faults(7).map((fault) => (typeof fault === "string" ? fault : "delay"))).size).toBe(12);
  expect(faults(8)).not.toEqual(faults(7));
});
