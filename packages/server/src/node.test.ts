import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createCounterfoil } from "./index.ts";
import type { Counterfoil } from "./index.ts";
import { sendResponse, toNodeHandler, toRequest } from "./node.ts";
import { json, login, testOptions } from "../test/options.ts";

interface Listening extends AsyncDisposable {
  readonly port: number;
}

async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** The request as Node gives it to a listener, from the bytes on the wire. */
async function received(head: string): Promise<Request> {
  const requests: Request[] = [];
  await using server = await listen((incoming, outgoing) => {
    requests.push(toRequest(incoming));
    outgoing.end();
  });
  const socket = connect(server.port, "127.0.0.1").resume();
  socket.write(`${head}\r\nConnection: close\r\n\r\n`, "latin1");
  await once(socket, "close");
  return requests[0]!;
}

test("toRequest keeps method, path, query and headers", async () => {
  const request = await received(
    "DELETE /orders/7?really=1 HTTP/1.1\r\nHost: a.example\r\nOrigin: https://a.example\r\nSec-Fetch-Site: none",
  );
  expect(request.method).toBe("DELETE");
  expect(new URL(request.url)).toMatchObject({ pathname: "/orders/7", search: "?really=1" });
  expect(request.headers.get("origin")).toBe("https://a.example");
  expect(request.headers.get("sec-fetch-site")).toBe("none");
});

test("toRequest shows what came twice, which Node's own headers hide: it is refused", async () => {
  const head = "GET /orders HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer one\r\nAuthorization: Bearer two";
  const request = await received(head);
  expect(request.headers.get("authorization")).toBe("Bearer one, Bearer two");
  await using cf = createCounterfoil(testOptions());
  expect(await cf.verifier.verifyRequest(request)).toMatchObject({ ok: false, code: "ambiguous_credentials" });
});

test.each([
  ["a method that no Request has", "TRACE / HTTP/1.1\r\nHost: a.example", "/"],
  ["a whole address", "GET http://evil.example/x HTTP/1.1\r\nHost: a.example", "/"],
  ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a.example", "/"],
  ["two slashes", "GET //evil.example/x HTTP/1.1\r\nHost: a.example", "//evil.example/x"],
  ["a Host that is none", "GET /x HTTP/1.1\r\nHost: ]/[", "/x"],
  ["bytes beyond ASCII", "GET /x HTTP/1.1\r\nHost: a.example\r\nX-Name: M\u00fcller", "/x"],
])("toRequest does not throw for %s", async (_, head, path) => {
  const { host, pathname } = new URL((await received(head)).url);
  expect({ host, pathname }).toEqual({ host: "localhost", pathname: path });
});

test("toRequest guards TRACE like a change", async () => {
  expect((await received("TRACE / HTTP/1.1\r\nHost: a.example")).method).toBe("POST");
});

test("toRequest takes the whole path where a router has cut one off", () => {
  const cut = { url: "/7", originalUrl: "/orders/7", method: "GET", rawHeaders: [] } as unknown as IncomingMessage;
  expect(new URL(toRequest(cut).url).pathname).toBe("/orders/7");
});

test("toRequest leaves out the request line that HTTP/2 has among the headers", () => {
  const rawHeaders = [":method", "GET", ":path", "/", "cookie", "a=1"];
  const incoming = { url: "/", method: "GET", rawHeaders } as unknown as IncomingMessage;
  expect([...toRequest(incoming).headers]).toEqual([["cookie", "a=1"]]);
});

test("sendResponse sends status, headers and body, beside the application's own cookie", async () => {
  await using cf = createCounterfoil(testOptions());
  await using server = await listen((incoming, outgoing) => {
    outgoing.setHeader("Set-Cookie", "theme=dark");
    void cf.signIn(toRequest(incoming), { subject: "user-kavya" }).then((answer) => sendResponse(answer, outgoing));
  });
  const answer = await fetch(`http://127.0.0.1:${server.port}/own`, {
    method: "POST",
    headers: { "Sec-Fetch-Site": "same-origin" },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.getSetCookie()).toEqual(["theme=dark", expect.stringMatching(/^__Host-session_id=cfs_/)]);
  expect(await json(answer)).toMatchObject({ user: { sub: "user-kavya" } });
});

test("sendResponse sends an answer without a body", async () => {
  await using server = await listen((_, outgoing) => void sendResponse(new Response(null, { status: 204 }), outgoing));
  const answer = await fetch(`http://127.0.0.1:${server.port}/`);
  expect(answer.status).toBe(204);
});

test("toNodeHandler answers a Host header that is none with 400, not with a crash", async () => {
  await using cf = createCounterfoil(testOptions());
  await using server = await listen(toNodeHandler(cf));
  const incoming = await raw(server.port, { Host: "]/[" });
  expect(incoming.statusCode).toBe(400);
  expect(JSON.parse(await text(incoming))).toMatchObject({ code: "invalid_request" });
});

test("toNodeHandler tells the peer's address, and a proxy's word only where the proxy is trusted", async () => {
  const addresses: unknown[] = [];
  const cf: Pick<Counterfoil, "fetch"> = {
    fetch: (_, info) => {
      addresses.push(info?.remoteAddress);
      return Promise.resolve(new Response(null, { status: 204 }));
    },
  };
  await using direct = await listen(toNodeHandler(cf));
  await using proxied = await listen(toNodeHandler(cf, { trustProxy: "127.0.0.0/8" }));
  for (const { port } of [direct, proxied]) {
    (await raw(port, { "X-Forwarded-For": "203.0.113.7" })).resume();
  }
  expect(addresses).toEqual(["127.0.0.1", "203.0.113.7"]);
});

test("toNodeHandler leaves the process's global Request and Response as they are", async () => {
  const before = [globalThis.Request, globalThis.Response];
  await using cf = createCounterfoil(testOptions());
  await using server = await listen(toNodeHandler(cf));
  (await raw(server.port, {})).resume();
  expect([globalThis.Request, globalThis.Response]).toEqual(before);
  expect((await cf.fetch(login("kavya"))).status).toBe(200);
});

async function raw(port: number, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const request = send({ port, host: "127.0.0.1", path: "/auth/healthz", headers, agent: false });
  request.end();
  const [incoming] = (await once(request, "response")) as [IncomingMessage];
  return incoming;
}
