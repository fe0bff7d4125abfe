import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { followSessionStream } from "./session-stream.ts";
import type { SessionStream } from "./session-stream.ts";

/** Not the clock's that a test moves. */
const realTimeout = setTimeout;
let server: Server | undefined;
let stop = new AbortController();

afterEach(async () => {
  stop.abort();
  stop = new AbortController();
  server?.closeAllConnections();
  server?.close();
});

async function follow(listener: RequestListener): Promise<{ heard: string[]; stream: SessionStream }> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const heard: string[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stream = followSessionStream(url, stop.signal, {
    onVersion: (version) => heard.push(`version ${version}`),
    onEnd: (sid, reason) => heard.push(`end ${sid} ${reason}`),
    onRefused: async () => heard.push("refused"),
  });
  return { heard, stream };
}

test("events are heard however the network cuts them, and a comment is none", async () => {
  const pieces = [
    ":\n\n",
    "id: 4\n:\n\nid: ",
    '5\nevent: claims-changed\ndata: {"claims_vers',
    'ion":5}\n\nevent: session-ended\ndata: {"sid":"s1","reason":"inactive"}\n',
    "\n",
    'event: session-ended\ndata: {"sid":"s2"}\n\n',
  ];
  const { heard } = await follow(async (_, outgoing) => {
    for (const piece of pieces) {
      outgoing.write(piece);
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  await vi.waitUntil(() => heard.length === 4);
  expect(heard).toEqual(["version 4", "version 5", "end s1 inactive", "end s2 null"]);
});

test("a stream that ends or breaks is opened again, and one that is refused is asked about first", async () => {
  let requests = 0;
  const { heard } = await follow((_, outgoing) => {
    const answers = [
      () => outgoing.writeHead(401).end(),
      () => outgoing.writeHead(503, { "Retry-After": "0" }).end(),
      () => outgoing.end("id: 1\n\n"),
      () => outgoing.write("id: 2\n\n", () => outgoing.destroy()),
      () => outgoing.write("id: 3\n\n"),
    ];
    answers[requests++]?.();
  });
  await vi.waitUntil(() => heard.at(-1) === "version 3", { timeout: 15_000 });
  expect(heard).toEqual(["refused", "version 1", "version 2", "version 3"]);
});

test("a stream that ends at once each time is asked for ever more seldom", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  let requests = 0;
  try {
    await follow((_, outgoing) => {
      requests++;
      outgoing.end("<!doctype html>\n\n<h1>Welcome</h1>");
    });
    // Ten minutes.
    for (let i = 0; i < 600; i++) {
      // oxlint-disable-next-line no-await-in-loop -- real I/O between steps of the clock
      await new Promise((resolve) => realTimeout(resolve, 2));
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(1_000);
    }
  } finally {
    vi.useRealTimers();
  }
  expect(requests).toBeGreaterThan(10);
  expect(requests).toBeLessThan(60);
});

test("a connection on which nothing comes is given up", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  const requests: unknown[] = [];
  try {
    await follow((incoming, outgoing) => {
      requests.push(incoming);
      outgoing.write(":\n\n");
    });
    for (let i = 0; i < 100 && requests.length < 2; i++) {
      // oxlint-disable-next-line no-await-in-loop -- real I/O between steps of the clock
      await new Promise((resolve) => setImmediate(resolve));
      // oxlint-disable-next-line no-await-in-loop
      await vi.advanceTimersByTimeAsync(1_000);
    }
  } finally {
    vi.useRealTimers();
  }
  expect(requests).toHaveLength(2);
});

test("one that waits is opened at once where the server is known to be back", async () => {
  let requests = 0;
  const { stream, heard } = await follow((_, outgoing) => {
    requests++;
    if (requests === 1) outgoing.writeHead(503, { "Retry-After": "200" }).end();
    else outgoing.write("id: 1\n\n");
  });
  await vi.waitUntil(() => requests === 1);
  await vi.waitUntil(() => {
    stream.poke();
    return heard.length === 1;
  });
  expect(requests).toBe(2);
});

test("it ends with its signal, and does not come back", async () => {
  let requests = 0;
  const { stream, heard } = await follow((_, outgoing) => {
    requests++;
    outgoing.write("id: 1\n\n");
  });
  await vi.waitUntil(() => heard.length === 1);
  stop.abort();
  await stream.done;
  expect(requests).toBe(1);
});
