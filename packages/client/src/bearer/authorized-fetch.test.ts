import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { authorizedFetch } from "./authorized-fetch.ts";

interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

interface Api extends AsyncDisposable {
  readonly origin: string;
  readonly seen: Seen[];
}

const REFUSED = { "WWW-Authenticate": 'Bearer error="invalid_token", error_description="old"' };

/** An API that takes the token "new" alone, and whose `/to` redirects. */
async function startApi(answer: (request: IncomingMessage, response: ServerResponse) => boolean): Promise<Api> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const { authorization } = request.headers;
      seen.push({ path: request.url!, authorization, body });
      if (answer(request, response)) return;
      if (authorization === "Bearer new") response.end("welcome");
      else response.writeHead(401, authorization === undefined ? {} : REFUSED).end("refused");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

let api: Api;
let elsewhere: Api;
let tokens: (string | null)[];
let era: AbortController;

beforeAll(async () => {
  elsewhere = await startApi((request, response) => {
    if (request.url !== "/to-api") return false;
    response.writeHead(307, { Location: `${api.origin}/orders` }).end();
    return true;
  });
  api = await startApi((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://api");
    if (pathname !== "/to") return false;
    response.writeHead(Number(searchParams.get("status")), { Location: searchParams.get("location")! }).end();
    return true;
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});
beforeEach(() => {
  api.seen.length = 0;
  elsewhere.seen.length = 0;
  era = new AbortController();
});

const fetching = (apiOrigins: readonly string[], ...given: (string | null)[]) => {
  tokens = given;
  return authorizedFetch({
    fetch: (request) => fetch(request),
    apiOrigins: new Set(apiOrigins),
    era: () => Promise.resolve(era.signal),
    token: ({ refused }) => Promise.resolve(refused === null ? tokens[0]! : tokens[1]!),
  });
};

test("only the API's own origins get the token", async () => {
  const authorized = fetching([api.origin], "new");
  expect(await (await authorized(`${api.origin}/orders`)).text()).toBe("welcome");
  expect((await authorized(`${elsewhere.origin}/orders`)).status).toBe(401);
  // The same machine, by another name, is another origin.
  await authorized(`${api.origin.replace("127.0.0.1", "localhost")}/orders`).catch(() => undefined);
  expect(api.seen.map(({ authorization }) => authorization)[0]).toBe("Bearer new");
  expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  expect(api.seen.slice(1).filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});

test.each([301, 302, 303, 307, 308])(
  "a redirect (%i) to another origin carries no token, back and forth neither",
  async (status) => {
    const authorized = fetching([api.origin], "new");
    const to = (location: string) =>
      authorized(`${api.origin}/to?status=${status}&location=${encodeURIComponent(location)}`);
    await to(`${elsewhere.origin}/taken`);
    await to(`${elsewhere.origin}/to-api`);
    expect(new Set(elsewhere.seen.map(({ path }) => path))).toEqual(new Set(["/taken", "/to-api"]));
    expect(elsewhere.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(api.seen.at(-1)).toMatchObject({ path: "/orders", authorization: undefined });
    // Within the origin it goes on.
    await to("/orders");
    expect(api.seen.at(-1)).toMatchObject({ path: "/orders", authorization: "Bearer new" });
  },
);

const bodies: readonly (readonly [name: string, make: () => BodyInit])[] = [
  ["a text", () => "an order"],
  ["bytes", () => new TextEncoder().encode("an order")],
  ["a stream", () => new Blob(["an order"]).stream()],
  ["a form", () => new URLSearchParams({ an: "order" })],
];

test.each(bodies)("with %s for a body, a request whose token is refused is sent once more, whole", async (_, make) => {
  const authorized = fetching([api.origin], "old", "new");
  // @types/node and lib.dom name the body of a stream differently.
  const init = { method: "POST", body: make(), duplex: "half" } as RequestInit;
  const answer = await authorized(`${api.origin}/orders`, init);
  expect(await answer.text()).toBe("welcome");
  expect(api.seen.map(({ authorization }) => authorization)).toEqual(["Bearer old", "Bearer new"]);
  expect(api.seen[0]!.body).toMatch(/^an.order$/);
  expect(api.seen[1]!.body).toBe(api.seen[0]!.body);
});

test("a Request goes as it is, and once more with its body", async () => {
  const authorized = fetching([api.origin], "old", "new");
  const request = new Request(`${api.origin}/orders`, { method: "PUT", body: "x".repeat(200_000) });
  expect((await authorized(request)).status).toBe(200);
  expect(api.seen.map(({ body }) => body.length)).toEqual([200_000, 200_000]);
});

test("it is sent no third time, and not again where nobody is signed in any more", async () => {
  expect((await fetching([api.origin], "old", "older")(`${api.origin}/orders`)).status).toBe(401);
  expect(api.seen).toHaveLength(2);
  const answer = await fetching([api.origin], "old", null)(`${api.origin}/orders`);
  expect([answer.status, await answer.text()]).toEqual([401, "refused"]);
  expect(api.seen).toHaveLength(3);
});

test("nobody's request goes without a token, and one's own header stays as it is", async () => {
  expect((await fetching([api.origin], null)(`${api.origin}/orders`)).status).toBe(401);
  const headers = { Authorization: "Basic abc" };
  expect((await fetching([api.origin], "new")(`${api.origin}/orders`, { headers })).status).toBe(401);
  expect(api.seen.map(({ authorization }) => authorization)).toEqual([undefined, "Basic abc"]);
});

test("where another session has begun it is not sent again as somebody else", async () => {
  const authorized = fetching([api.origin], "old", "new");
  tokens[1] = "new";
  const begun = authorizedFetch({
    fetch: (request) => fetch(request),
    apiOrigins: new Set([api.origin]),
    era: () => Promise.resolve(era.signal),
    token: ({ refused }) => {
      if (refused !== null) era.abort(new DOMException("over", "AbortError"));
      return Promise.resolve(refused === null ? "old" : "new");
    },
  })(`${api.origin}/orders`, { method: "POST", body: "an order" });
  await expect(begun).rejects.toMatchObject({ name: "AbortError" });
  expect(api.seen).toHaveLength(1);
  await expect(authorized(`${api.origin}/orders`)).rejects.toMatchObject({ name: "AbortError" });
});

test("a caller that has given up does not wait for a token", async () => {
  const authorized = authorizedFetch({
    fetch: (request) => fetch(request),
    apiOrigins: new Set([api.origin]),
    era: () => Promise.resolve(era.signal),
    token: () => new Promise(() => undefined),
  });
  const signal = AbortSignal.timeout(20);
  await expect(authorized(`${api.origin}/orders`, { signal })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("a 401 without a challenge is one that another token may help against; one that asks for presence is none", async () => {
  let headers: Readonly<Record<string, string>> = {};
  await using other = await startApi((request, response) => {
    if (request.headers.authorization === "Bearer new") return false;
    response.writeHead(401, headers).end("refused");
    return true;
  });
  expect((await fetching([other.origin], "old", "new")(`${other.origin}/orders`)).status).toBe(200);
  headers = { "WWW-Authenticate": 'Bearer error="insufficient_user_authentication"' };
  const refused = await fetching([other.origin], "old", "new")(`${other.origin}/orders`);
  expect([refused.status, await refused.text()]).toEqual([401, "refused"]);
});
