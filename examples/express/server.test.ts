import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createCounterfoil } from "counterfoil";
import { toNodeHandler } from "counterfoil/node";
import express from "express";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bearer, cookieOf, get, post } from "../client.ts";
import { newSecret, startExample } from "../start-example.ts";
import type { StartedExample } from "../start-example.ts";

const KAVYA = { username: "kavya", password: "password123" };
const BROWSER = { "Sec-Fetch-Site": "same-origin" };
let example: StartedExample;

beforeAll(async () => {
  example = await startExample("express/server.ts");
});
afterAll(() => example[Symbol.asyncDispose]());

test("a user of the application's own signs in by the bcrypt hash that the application holds", async () => {
  const { status, body } = await post(`${example.url}/auth/login`, KAVYA);
  expect(status).toBe(200);
  const orders = await get(`${example.url}/orders`, bearer(body["access_token"]));
  expect(orders).toMatchObject({ status: 200, body: { owner: "user-1", orders: [] } });
});

test("a wrong password and an unknown user look the same", async () => {
  const wrong = await post(`${example.url}/auth/login`, { ...KAVYA, password: "password124" });
  const unknown = await post(`${example.url}/auth/login`, { ...KAVYA, username: "nobody" });
  expect(wrong).toMatchObject({ status: 401, body: { error: "Invalid credentials", code: "invalid_credentials" } });
  expect(unknown).toMatchObject({ status: 401, body: wrong.body });
});

test("the access token carries what claims() adds", async () => {
  const { body } = await post(`${example.url}/auth/login`, KAVYA);
  expect(payloadOf(body["access_token"])).toMatchObject({ sub: "user-1", roles: ["admin"], tenant_id: "acme" });
});

test("what one request keeps with the session, the next one finds", async () => {
  const cookie = cookieOf(await post(`${example.url}/auth/login`, KAVYA, BROWSER));
  const put = (item: string, count: number) =>
    post(`${example.url}/cart`, { item, count }, { ...cookie, Origin: example.url });
  expect(await put("pen", 2)).toMatchObject({ status: 200, body: { outcome: "amended", cart: { pen: 2 } } });
  expect(await put("ink", 1)).toMatchObject({ status: 200, body: { outcome: "amended", cart: { pen: 2, ink: 1 } } });
});

test("the application's own route refuses what a page of another site sends with the cookie", async () => {
  const cookie = cookieOf(await post(`${example.url}/auth/login`, KAVYA, BROWSER));
  const forged = await post(
    `${example.url}/cart`,
    { item: "pen", count: 2 },
    { ...cookie, Origin: "https://evil.example" },
  );
  expect(forged).toMatchObject({ status: 403, body: { code: "csrf_refused" } });
});

test("a mailed link signs in once", async () => {
  expect(await post(`${example.url}/magic-link`, { username: "arjun" })).toMatchObject({ status: 202 });
  const [, token] = /mail to arjun: open \S+#(\S+)/.exec(example.printed())!;
  const signedIn = await post(`${example.url}/magic-link/redeem`, { token }, BROWSER);
  expect(signedIn).toMatchObject({
    status: 200,
    body: { user: { sub: "user-2", username: "arjun", roles: ["user"] } },
  });
  expect(payloadOf(signedIn.body["access_token"])).toMatchObject({ amr: ["otp"], tenant_id: "globex" });
  expect(await get(`${example.url}/orders`, cookieOf(signedIn))).toMatchObject({ body: { owner: "user-2" } });
  expect(await post(`${example.url}/magic-link/redeem`, { token }, BROWSER)).toMatchObject({ status: 401 });
});

test("below express.json(), the answer names the mistake", async () => {
  const secret = await newSecret();
  await using cf = createCounterfoil({ issuer: "http://localhost:3000/auth", ledger: "memory:", secret });
  const server = express().use(express.json()).use("/auth", toNodeHandler(cf)).listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answer = await post(`http://localhost:${port}/auth/login`, KAVYA);
  server.close();
  expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
  expect(answer.body["error"]).toBe(
    "A body parser has read this request before Counterfoil could: mount toNodeHandler(cf) above express.json() and the like.",
  );
});

function payloadOf(token: unknown): unknown {
  return JSON.parse(Buffer.from(String(token).split(".")[1]!, "base64url").toString());
}
