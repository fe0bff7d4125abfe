import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, cookieOf, get, post } from "./client.ts";
import { startExample } from "./start-example.ts";
import type { StartedExample } from "./start-example.ts";

const KAVYA = { username: "kavya", password: "password123" };

// The same application, mounted in two ways.
describe.each(["node-http", "hono"])("%s", (framework) => {
  let example: StartedExample;

  beforeAll(async () => {
    example = await startExample(`${framework}/server.ts`);
  });
  afterAll(() => example[Symbol.asyncDispose]());

  test("the application's own route refuses who has not signed in", async () => {
    const answer = await get(`${example.url}/orders`);
    expect(answer).toMatchObject({ status: 401, body: { code: "not_authenticated" } });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("the application's own route answers to an access token, until the sign-out", async () => {
    const { body: tokens } = await post(`${example.url}/auth/login`, KAVYA);
    const orders = () => get(`${example.url}/orders`, bearer(tokens["access_token"]));
    expect(await orders()).toMatchObject({ status: 200, body: { owner: "user-1", orders: [] } });

    const out = await post(`${example.url}/auth/logout`, undefined, bearer(tokens["refresh_token"]));
    expect(out.status).toBe(204);
    expect(await orders()).toMatchObject({ status: 401, body: { code: "invalid_token" } });
  });

  test("the application's own route answers to the cookie of a browser", async () => {
    const browser = { "Sec-Fetch-Site": "same-origin" };
    const signedIn = await post(`${example.url}/auth/login`, KAVYA, browser);
    expect(await get(`${example.url}/orders`, cookieOf(signedIn))).toMatchObject({ status: 200 });
  });

  test("a wrong password and an unknown user look the same", async () => {
    const wrong = await post(`${example.url}/auth/login`, { ...KAVYA, password: "password124" });
    const unknown = await post(`${example.url}/auth/login`, { ...KAVYA, username: "nobody" });
    expect(wrong).toMatchObject({ status: 401, body: { error: "Invalid credentials", code: "invalid_credentials" } });
    expect(unknown).toMatchObject({ status: 401, body: wrong.body });
  });
});
