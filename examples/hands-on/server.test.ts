import { afterAll, beforeAll, expect, test } from "vitest";
import { bearer, get, post } from "../client.ts";
import { failExample, startExample } from "../start-example.ts";
import type { StartedExample } from "../start-example.ts";

let example: StartedExample;

beforeAll(async () => {
  example = await startExample("hands-on/server.ts");
});
afterAll(() => example[Symbol.asyncDispose]());

const login = (username: string, password: string) => post(`${example.url}/login`, { username, password });
const dashboard = (token: unknown) => get(`${example.url}/dashboard`, bearer(token));
const refresh = (token: unknown) => post(`${example.url}/refresh`, undefined, bearer(token));

test("9.2 super-secret-key is refused, and the sentence says what to do", async () => {
  expect(await failExample("hands-on/server.ts", {})).toContain(
    "secret (COUNTERFOIL_SECRET) is refused: it was not generated. Run `counterfoil secret` and use exactly what it prints",
  );
});

test("9.4 a login creates an access token and a refresh token", async () => {
  const { status, body } = await login("kavya", "password123");
  expect(status).toBe(200);
  expect(Object.keys(body).toSorted()).toEqual(["access_token", "expires_in", "refresh_token", "token_type"]);
  const [header, payload] = String(body["access_token"]).split(".", 2).map(decode);
  expect(header).toMatchObject({ alg: "ES256", typ: "at+jwt" });
  expect(payload).toMatchObject({ sub: "101", roles: ["admin"] });
});

test.each([
  ["a wrong password", "kavya", "userpass"],
  ["an unknown user", "nobody", "password123"],
])("9.4 %s is refused in the lesson's words", async (_, username, password) => {
  expect(await login(username, password)).toMatchObject({ status: 401, body: { error: "Invalid credentials" } });
});

test("9.5 the protected route welcomes who has an access token, and nobody else", async () => {
  const kavya = (await login("kavya", "password123")).body;
  const arjun = (await login("arjun", "userpass")).body;
  expect((await dashboard(kavya["access_token"])).body).toEqual({ message: "Welcome kavya" });
  expect((await dashboard(arjun["access_token"])).body).toEqual({ message: "Welcome arjun" });
  expect(await get(`${example.url}/dashboard`)).toMatchObject({ status: 401, body: { code: "not_authenticated" } });
  expect(await dashboard(kavya["refresh_token"])).toMatchObject({ status: 401, body: { code: "invalid_token" } });
});

test("9.6 a refresh token gives a new access token, and the refresh token to use next", async () => {
  const first = (await login("kavya", "password123")).body;
  const second = await refresh(first["refresh_token"]);
  expect(second.status).toBe(200);
  expect(second.body["access_token"]).not.toBe(first["access_token"]);
  expect(second.body["refresh_token"]).not.toBe(first["refresh_token"]);
  expect((await dashboard(second.body["access_token"])).body).toEqual({ message: "Welcome kavya" });
  // The answer might have been lost: for 30 seconds the old one gives the same successor.
  expect((await refresh(first["refresh_token"])).body["refresh_token"]).toBe(second.body["refresh_token"]);
  expect(await refresh(first["access_token"])).toMatchObject({ status: 401, body: { code: "invalid_grant" } });
});

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}
