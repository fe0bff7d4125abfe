import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { secretsOf } from "../packages/server/src/http/described.ts";
import type { OpenApiDocument } from "../packages/server/src/http/openapi.ts";
import { temporaryDirectory } from "./support/directory.ts";
import type { Answer } from "./support/answer.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { NEW_PASSWORD } from "./support/password.ts";
import { DEMO_ROUTES } from "./support/routes.ts";
import { startDemo } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

/** One wrong guess at what `kavya` knows; `cookie` is of a session of hers. */
type Guess = (server: LocalServer, cookie: string) => Promise<Answer>;

/** By operation. A route that takes a secret and is not here fails the first test below: give it a guess. */
const GUESSES: Readonly<Record<string, Guess>> = {
  login: (server) => call(server, "POST", "/login", { body: { ...KAVYA, password: "a wrong guess" } }),
  reauthenticate: (server, cookie) =>
    call(server, "POST", "/reauthenticate", { cookie, body: { password: "a wrong guess" } }),
  setPassword: (server, cookie) =>
    call(server, "POST", "/password", {
      cookie,
      body: { current_password: "a wrong guess", new_password: NEW_PASSWORD },
    }),
};

/** It takes a password, and compares it with nobody's. */
const COMPARES_NONE = "register";

/** Passwords that one account may be tried with at once, from one address. */
const BURST = 20;

test("R007 every route that takes what a user knows is held to the same limit below", () => {
  const operations = DEMO_ROUTES.filter((route) => secretsOf(route).length > 0).map(({ about }) => about.operation);
  expect(Object.keys(GUESSES)).toEqual(operations.filter((operation) => operation !== COMPARES_NONE));
});

test("R007 the routes of a running server are the documented ones, and no other", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startDemo(directory.path);
  const { body } = await call(server, "GET", "/openapi.json");
  const { paths } = body as unknown as OpenApiDocument;
  const running = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const page = readFileSync(new URL("../docs/reference/routes.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^## `((?:GET|POST|DELETE) [^`]+)`$/gm)].map(([, name]) => name!);
  // The Lab's are for its own pages, and authenticate nobody.
  const ours = running.filter((name) => !name.includes(" /lab/"));
  expect(ours.toSorted()).toEqual(documented.toSorted());
});

for (const [operation, guess] of Object.entries(GUESSES)) {
  test(`R007 guesses at ${operation} are refused, recorded and limited, and there is no way around by another route`, async () => {
    await using server = await startLocal();
    const { cookie, sub } = await signIn(server, { ...KAVYA, transport: "cookie" });
    const answers: Answer[] = [];
    for (let count = 0; count <= BURST; count++) answers.push(await guess(server, cookie));
    const last = answers.at(-1)!;
    expect(new Set(answers.slice(0, -1).map(({ status }) => status))).toEqual(new Set([401]));
    expect([last.status, last.body["code"]]).toEqual([429, "too_many_attempts"]);

    const recorded = await server.eventsOf(answers[0]!);
    expect(recorded).toMatchObject([
      { body: { type: "refused", code: "invalid_credentials", reason: "wrong_password" } },
    ]);
    expect(recorded[0]!.subject).toBe(sub);
    expect(await server.eventsOf(last)).toMatchObject([{ body: { type: "refused", reason: "too_many_attempts" } }]);

    for (const other of Object.values(GUESSES)) expect((await other(server, cookie)).status).toBe(429);
  });
}
