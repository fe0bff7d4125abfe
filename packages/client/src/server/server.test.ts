import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ClientError } from "./client-error.ts";
import { ask, fault, outcome, outcomeOf } from "./server.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (status: number, body: object, headers: object = {}): RequestListener => {
  return (_, outgoing) =>
    outgoing.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
};

test("a refusal is in the server's words, with the time after which to try again", async () => {
  const url = await answering(
    json(429, { error: "Too many attempts.", code: "too_many_attempts" }, { "Retry-After": "7" }),
  );
  expect(outcomeOf(await ask(url))).toEqual({
    ok: false,
    code: "too_many_attempts",
    error: "Too many attempts.",
    retryAfterSeconds: 7,
  });
});

test("what has no code of the server's is from something in between, and no refusal", async () => {
  const url = await answering((_, outgoing) =>
    outgoing.writeHead(401, { "Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT" }).end("<h1>Sign in to the network"),
  );
  const answer = await ask(url);
  expect(outcomeOf(answer)).toMatchObject({ ok: false, code: "unavailable", retryAfterSeconds: null });
  expect(fault(answer)).toMatchObject({ name: "ClientError", code: "unavailable" });
});

test("a yes is the server's own: a proxy's page is none, and nothing at all is one where that is the answer", async () => {
  const portal = await ask(await answering((_, outgoing) => outgoing.end("<h1>Welcome to the hotel's network")));
  expect(outcomeOf(portal)).toMatchObject({ ok: false, code: "unavailable" });
  expect(portal.isCut).toBe(false);
  expect(outcomeOf(await ask(await answering(json(200, { sessions: [] }))))).toEqual({ ok: true });
  expect(outcomeOf(await ask(await answering((_, outgoing) => outgoing.writeHead(204).end())))).toEqual({ ok: true });
});

test("an answer whose connection broke has a status, and says that the rest is missing", async () => {
  const url = await answering((_, outgoing) => {
    outgoing.writeHead(200, { "Content-Length": "100" });
    outgoing.write("{", () => outgoing.destroy());
  });
  const answer = await ask(url);
  expect(answer).toMatchObject({ status: 200, body: {}, isCut: true });
  expect(outcomeOf(answer)).toMatchObject({ ok: false, code: "unavailable" });
});

test.each(["[]", "null", "7", '"text"', "{", ""])("a body that is no object is none: %s", async (text) => {
  const url = await answering((_, outgoing) => outgoing.end(text));
  expect(Object.entries((await ask(url)).body).length).toBe(0);
});

test("a redirect is not followed: it is a proxy's, to its own sign-in page", async () => {
  const url = await answering((_, outgoing) => outgoing.writeHead(302, { Location: "https://example.com" }).end());
  await expect(ask(url)).rejects.toThrow(ClientError);
});

test("a server that hangs up is out of reach: a value to whoever asked for something", async () => {
  const url = await answering((incoming) => incoming.socket.destroy());
  expect(await outcome(async () => outcomeOf(await ask(url)))).toMatchObject({ ok: false, code: "unavailable" });
});

test("what was aborted is not out of reach", async () => {
  const url = await answering(() => undefined);
  const aborted = new AbortController();
  const asking = ask(url, { signal: aborted.signal });
  const why = new Error("signed out");
  aborted.abort(why);
  await expect(asking).rejects.toBe(why);
});

test("a bug is no outcome", async () => {
  await expect(outcome(() => Promise.reject(new TypeError("ours")))).rejects.toThrow(TypeError);
});
