import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAnswer } from "./support/answer.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { seeded } from "./support/random.ts";
import { exchangeRaw } from "./support/raw.ts";
import { ALL_ROUTES } from "./support/routes.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});

afterAll(async () => {
  expect((await call(server, "GET", "/readyz")).status).toBe(200);
  await server[Symbol.asyncDispose]();
});

/** A request as bytes; the connection ends with its answer. */
function head(requestLine: string, ...lines: readonly string[]): string {
  return [requestLine, ...lines, "Connection: close", "", ""].join("\r\n");
}

/** Sends bytes and gives the status and code of each answer, each held against what all answers keep to. */
async function codesOf(bytes: string): Promise<readonly (readonly [number, unknown])[]> {
  const answers = await exchangeRaw(server.port, bytes);
  for (const answer of answers) checkAnswer(answer, false);
  return answers.map(({ status, body }) => [status, body["code"]]);
}

const own = () => `Host: localhost:${server.port}`;

test("R146 two Authorization headers are refused on every route that reads one, whatever is in them", async () => {
  const [one, two] = [await signIn(server, KAVYA), await signIn(server, ARJUN)];
  for (const line of [
    "GET /me",
    "GET /sessions",
    "GET /dashboard",
    "POST /refresh",
    "POST /logout",
    "POST /logout/all",
  ]) {
    for (const [first, second] of [
      [one.access, two.access],
      [one.access, one.access],
      [one.refresh, "x"],
    ]) {
      const lines = [`Authorization: Bearer ${first}`, `authorization: Bearer ${second}`];
      expect(await codesOf(head(`${line} HTTP/1.1`, own(), ...lines))).toEqual([[400, "ambiguous_credentials"]]);
    }
  }
});

test("R146 two Cookie headers, and two cookies of the name in one, are refused", async () => {
  const [one, two] = [
    (await signIn(server, { ...KAVYA, transport: "cookie" })).cookie,
    (await signIn(server, { ...ARJUN, transport: "cookie" })).cookie,
  ];
  const ambiguous = [[400, "ambiguous_credentials"]];
  const twice = [`Cookie: session_id=${one}`, `Cookie: session_id=${two}`];
  expect(await codesOf(head("GET /me HTTP/1.1", own(), ...twice))).toEqual(ambiguous);
  for (const cookies of [
    `session_id=${one}; session_id=${two}`,
    `session_id=${one}; SESSION_ID=${two}`,
    `session_id=${one};  session_id=${two}`,
    `=session_id=${two}; session_id=${one}`,
    `session_id[a]=${two}; session_id=${one}`,
  ]) {
    expect(await codesOf(head("GET /me HTTP/1.1", own(), `Cookie: ${cookies}`))).toEqual(ambiguous);
  }
  const beside = `Cookie: a=b; session_id=${one}; theme=dark`;
  expect(await codesOf(head("GET /me HTTP/1.1", own(), beside))).toEqual([[200, undefined]]);
});

test("R146 two Host, two Content-Type and two Content-Length headers are refused", async () => {
  const body = JSON.stringify(KAVYA);
  const type = "Content-Type: application/json";
  const length = `Content-Length: ${body.length}`;
  const post = (...lines: string[]) => codesOf(head("POST /login HTTP/1.1", ...lines) + body);
  expect(await post(own(), "Host: evil.example", type, length)).toEqual([[400, "invalid_request"]]);
  expect(await post(own(), type, "Content-Type: text/plain", length)).toEqual([[415, "unsupported_media_type"]]);
  expect(await post(own(), type, type, length)).toEqual([[415, "unsupported_media_type"]]);
  expect(await post(own(), type, length, "Content-Length: 2")).toEqual([[400, "invalid_request"]]);
  expect(await post(own(), type, length)).toEqual([[200, undefined]]);
});

test("R146 a request with both a length and chunks, or with a strange transfer, is refused and nothing behind it is read", async () => {
  const smuggled = `GET /me HTTP/1.1\r\n${own()}\r\n\r\n`;
  const type = "Content-Type: application/json";
  for (const lines of [
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Content-Length: 5"],
    ["Transfer-Encoding: chunked, identity"],
    ["Transfer-Encoding: xchunked"],
    ["Content-Length: +5"],
    ["Content-Length: 5, 6"],
    ["Transfer-Encoding : chunked"],
    ["Content-Length: 0x5"],
  ]) {
    const codes = await codesOf(`${head("POST /refresh HTTP/1.1", own(), type, ...lines)}0\r\n\r\n${smuggled}`);
    expect([lines, codes]).toEqual([lines, [[400, "invalid_request"]]]);
  }
});

test("R146 a line break in a header ends the connection with 400, and splits no request", async () => {
  for (const bytes of [
    head("GET /me HTTP/1.1", own(), "X-A: a\rX-B: b"),
    head("GET /me HTTP/1.1", own(), "X-A: a\nX-B"),
    head("GET /me HTTP/1.1", own(), "X A: a"),
    head("GET /me HTTP/1.1", own(), "X-A: a\u0000b"),
    head("GET /me HTTP/1.1", own(), " folded: yes"),
    "GET /me\r\n\r\n",
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ]) {
    expect([bytes, await codesOf(bytes)]).toEqual([bytes, [[400, "invalid_request"]]]);
  }
});

test("what is in a Host header or an absolute address decides nothing", async () => {
  for (const host of ["evil.example", "localhost:1", "127.0.0.1", "[::1]"]) {
    expect(await codesOf(head("GET /healthz HTTP/1.1", `Host: ${host}`))).toEqual([[200, undefined]]);
  }
  for (const target of [`http://localhost:${server.port}/healthz`, "http://evil.example/healthz"]) {
    const [[status] = []] = await codesOf(head(`GET ${target} HTTP/1.1`, own()));
    expect([200, 400, 404]).toContain(status);
  }
  const { headers, text } = await call(server, "GET", "/.well-known/oauth-authorization-server", {
    headers: { Host: "evil.example", "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example" },
  });
  expect(text + JSON.stringify(headers)).not.toContain("evil");
});

test("a Host header that is none, or is missing, is 400", async () => {
  for (const lines of [["Host: a b"], ["Host: a/b@c"], ["Host: ["], []]) {
    expect([lines, await codesOf(head("GET /healthz HTTP/1.1", ...lines))]).toEqual([
      lines,
      [[400, "invalid_request"]],
    ]);
  }
});

test("R145 CONNECT and made-up methods change nothing, and the server goes on", async () => {
  const { access } = await signIn(server, KAVYA);
  const token = `Authorization: Bearer ${access}`;
  const connect = await exchangeRaw(server.port, head("CONNECT localhost:22 HTTP/1.1", own(), token));
  expect(connect.every(({ status }) => status >= 400)).toBe(true);
  expect(await codesOf(head("LOGOUT /logout HTTP/1.1", own(), token))).toEqual([[400, "invalid_request"]]);
  for (const name of ["X-HTTP-Method-Override", "X-Method-Override"]) {
    await call(server, "GET", "/sessions", { token: access, headers: { [name]: "DELETE" } });
  }
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(200);
});

test("R163 headers of more than 16 KiB are 431", async () => {
  const large = head("GET /me HTTP/1.1", own(), `X-Large: ${"x".repeat(17_000)}`);
  expect(await codesOf(large)).toEqual([[431, "invalid_request"]]);
  const many = Array.from({ length: 1500 }, (_, index) => `X-${index}: x`);
  expect(await codesOf(head("GET /me HTTP/1.1", own(), ...many))).toEqual([[431, "invalid_request"]]);
  expect(await codesOf(head(`GET /me?${"x".repeat(17_000)} HTTP/1.1`, own()))).toEqual([[431, "invalid_request"]]);
});

test("R162 ten thousand random Authorization headers are refused, and the process lives", async () => {
  const random = seeded(162);
  const alphabet = "aZ09-._~+/= ,;\"\\'{}[]()<>@:?!#$%&*|^`\t\u00e9\u00ff";
  const schemes = ["Bearer ", "bearer ", "Bearer", "Basic ", "", "DPoP ", "Bearer  cfr_", "Bearer cfs_", "Bearer a.b."];
  const header = () => {
    const length = Math.floor(random() * 120);
    const tail = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
    return schemes[Math.floor(random() * schemes.length)] + tail;
  };
  const statuses = new Set<number>();
  for (let round = 0; round < 100; round++) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const { method, path } = ALL_ROUTES[index % ALL_ROUTES.length]!;
        return call(server, method, path, { headers: { Authorization: header() } });
      }),
    );
    for (const [index, { status }] of answers.entries()) {
      const { path } = ALL_ROUTES[index % ALL_ROUTES.length]!;
      if (/^\/(?:me|sessions|dashboard|refresh)/.test(path)) statuses.add(status);
    }
  }
  expect([...statuses].every((status) => status === 400 || status === 401)).toBe(true);
});
