import { gzipSync } from "node:zlib";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { openSocket, parseAnswers, readToEnd } from "./support/raw.ts";
import { ALL_ROUTES, BODY_ROUTES } from "./support/routes.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal({ registration: "open", onPasswordReset: () => undefined });
});

// Every answer above has been held against the form of all answers, and was no 500: here, that it goes on.
afterAll(async () => {
  expect((await call(server, "GET", "/readyz")).status).toBe(200);
  expect(Object.keys(Object.prototype)).toEqual([]);
  await server[Symbol.asyncDispose]();
});

interface Hostile {
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly code: string;
}

const good = JSON.stringify(KAVYA);
const json = (body: string | Uint8Array): Hostile => ({ body, code: "invalid_request" });
const typed = (type: string | undefined): Hostile => ({
  body: good,
  headers: { "Content-Type": type },
  code: "unsupported_media_type",
});
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

const HOSTILE: Readonly<Record<string, Hostile>> = {
  truncated: json('{"username":"kavya",'),
  "no JSON": json("username=kavya"),
  "an array": json("[]"),
  "a string": json('"kavya"'),
  "a number": json("1"),
  null: json("null"),
  NaN: json('{"username":NaN}'),
  "a comment": json('{/* */"username":"kavya"}'),
  "single quotes": json("{'username':'kavya'}"),
  "two texts": json(`${good}${good}`),
  "the same member twice": json('{"username":"kavya","username":"arjun","password":"userpass"}'),
  "the same member in two spellings": json('{"username":"kavya","\\u0075sername":"arjun","password":"userpass"}'),
  __proto__: json('{"__proto__":{"admin":true},"username":"kavya","password":"password123"}'),
  "__proto__ in another spelling": json('{"\\u005f_proto__":{"admin":true}}'),
  constructor: json('{"constructor":{"prototype":{"admin":true}}}'),
  prototype: json('{"prototype":1}'),
  "an unknown member": json('{"username":"kavya","password":"password123","role":"admin"}'),
  "nine levels": json(deep(9)),
  "two thousand levels": json(deep(2000)),
  "a number beyond all numbers": json('{"username":1e999}'),
  "half a surrogate pair": json('{"username":"\\ud800","password":"password123"}'),
  "not UTF-8": json(Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  "overlong UTF-8": json(Uint8Array.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])),
  "a byte order mark": json(`\ufeff${good}`),
  "UTF-16": json(Buffer.from(good, "utf16le")),
  "NUL bytes": json(Buffer.alloc(64)),
  "more than 16 KiB": { body: JSON.stringify({ username: "x".repeat(16_384) }), code: "payload_too_large" },
  "a megabyte of white space": { body: " ".repeat(1_000_000), code: "payload_too_large" },
  gzip: { body: gzipSync(good), headers: { "Content-Encoding": "gzip" }, code: "unsupported_media_type" },
  form: typed("application/x-www-form-urlencoded"),
  multipart: typed("multipart/form-data; boundary=x"),
  "plain text": typed("text/plain"),
  "no type": typed(undefined),
  "an empty type": typed(""),
  "a type that begins like ours": typed("application/json/x"),
  "a type that ends like ours": typed("text/plain; application/json"),
  "two types": typed("application/json, text/plain"),
  "another charset": typed("application/json; charset=utf-16"),
  "a parameter": typed("application/json; boundary=x"),
};

for (const { path } of BODY_ROUTES) {
  test(`R150 R151 R091 POST ${path} refuses each of ${Object.keys(HOSTILE).length} hostile bodies with the right code`, async () => {
    const { access, refresh } = await signIn(server, KAVYA);
    // With a credential that is good: it is the body that is refused, before anything is done.
    const token = path === "/refresh" ? refresh : access;
    const seen: Record<string, unknown> = {};
    for (const [name, { body, headers = {} }] of Object.entries(HOSTILE)) {
      const refused = await call(server, "POST", path, { token, body: body as string, headers });
      seen[name] = refused.body["code"];
    }
    expect(seen).toEqual(Object.fromEntries(Object.entries(HOSTILE).map(([name, { code }]) => [name, code])));
    expect((await call(server, "GET", "/me", { token: access })).status).toBe(200);
  });
}

test("R150 a member of another type is refused on every route, and nothing is converted", async () => {
  const values: readonly unknown[] = [null, true, 0, -1, 1.5, [], ["kavya"], {}, { toString: "kavya" }, { $ne: null }];
  const members: readonly [path: string, member: string, rest: object][] = [
    ["/login", "username", { password: "password123" }],
    ["/login", "password", { username: "kavya" }],
    ["/login", "transport", KAVYA],
    ["/login", "audience", KAVYA],
    ["/refresh", "refresh_token", {}],
    ["/logout", "sid", {}],
    ["/logout/all", "refresh_token", {}],
    ["/reauthenticate", "password", {}],
    ["/register", "username", { password: "password123" }],
    ["/register", "password", { username: "kavya" }],
    ["/password", "code", { new_password: "password123" }],
    ["/password", "new_password", { current_password: "password123" }],
    ["/password", "current_password", { new_password: "password123" }],
    ["/password/reset", "username", {}],
  ];
  const { access } = await signIn(server, KAVYA);
  const codes = new Set<unknown>();
  for (const [path, member, rest] of members) {
    // Where a token is a body's member, one in the header as well would be refused for that.
    const token = member === "password" ? access : undefined;
    for (const value of values) {
      codes.add((await call(server, "POST", path, { token, body: { ...rest, [member]: value } })).body["code"]);
    }
  }
  for (const remember of ["true", 1, null, {}]) {
    codes.add((await call(server, "POST", "/login", { body: { ...KAVYA, remember } })).body["code"]);
  }
  expect([...codes]).toEqual(["invalid_request"]);
});

test("R111 a password of the longest length is checked, and a longer one refused before any hashing", async () => {
  const { username } = KAVYA;
  const emoji = await call(server, "POST", "/login", { body: { username, password: "\u{1f511}".repeat(256) } });
  expect(emoji.body["code"]).toBe("invalid_credentials");
  const longer = await call(server, "POST", "/login", { body: { username, password: "\u{1f511}".repeat(257) } });
  expect(longer.body["code"]).toBe("invalid_request");
});

test("a body on a route that takes none changes nothing", async () => {
  const { access } = await signIn(server, KAVYA);
  for (const { path } of ALL_ROUTES.filter(({ method }) => method === "GET")) {
    const [bare, with_] = [
      await call(server, "GET", path, { token: access }),
      await call(server, "GET", path, { token: access, body: "{{{{" }),
    ];
    expect([path, with_.status]).toEqual([path, bare.status]);
  }
});

test("R163 a body without end is refused when it passes 16 KiB, and the connection is not read on", async () => {
  const { access } = await signIn(server, KAVYA);
  for (const { path } of BODY_ROUTES) {
    const socket = await openSocket(server.port);
    const read = readToEnd(socket);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost:${server.port}\r\nAuthorization: Bearer ${access}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
    const timer = setInterval(() => socket.write(chunk), 1);
    const [answer] = parseAnswers(await read);
    clearInterval(timer);
    expect([path, answer?.status, answer?.body["code"]]).toEqual([path, 413, "payload_too_large"]);
  }
});

test("R148 injection strings as user names are names that nobody has, and do nothing else", async () => {
  const names = [
    "' OR '1'='1",
    "kavya'--",
    'kavya"; DROP TABLE users;--',
    "admin'/*",
    "${7*7}",
    "{{constructor.constructor('return process')()}}",
    "../../etc/passwd",
    "`id`",
    "$(id)",
    "|id",
    "*)(uid=*))(|(uid=*",
    "<script>alert(1)</script>",
    "%00kavya",
    "kavya\u0000",
    "kavya\r\nSet-Cookie: x=y",
    "\u001b[2Jkavya",
    "toString",
    "hasOwnProperty",
    "\u202ekavya",
  ];
  for (const username of names) {
    const refused = await call(server, "POST", "/login", { body: { username, password: "password123" } });
    expect([username, refused.body]).toEqual([username, { error: "Invalid credentials", code: "invalid_credentials" }]);
  }
  expect((await call(server, "POST", "/login", { body: KAVYA })).status).toBe(200);
});

test("R091 no route reads a body but through the one reader", () => {
  const source = new URL("../packages/server/src/", import.meta.url);
  const readers = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts")) return false;
    // The Lab shows what has passed, and decides nothing by it.
    if (name.startsWith("demo/lab/")) return false;
    const text = readFileSync(new URL(name, source), "utf8");
    // What is called a response is an answer on its way out, or another server's; `express.json()` is in a sentence.
    return /(?<!\b(?:response|express))\.(?:json|text|arrayBuffer|blob|bytes|formData|parseBody)\(\)|\brequest\.body\b|\breq\.body\b|\.getReader\(/.test(
      text,
    );
  });
  expect(readers).toEqual(["http/body-text.ts"]);
});
