import SwaggerParser from "@apidevtools/swagger-parser";
import { ERRORS } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { z } from "zod";
import { createCounterfoil } from "../index.ts";
import { ISSUER, request, testOptions } from "../../test/options.ts";
import { dashboard } from "../demo/dashboard.ts";
import { errorsOf } from "./described.ts";
import { openApiDocument } from "./openapi.ts";
import type { OpenApiDocument, Operation } from "./openapi.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes/table.ts";

const routes = [...ROUTES, dashboard];
const document = openApiDocument({ url: ISSUER, cookieName: "__Host-session_id", routes });
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const operationOf = ({ path, method }: Route): Operation =>
  document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]![method.toLowerCase()]!;

/** As the server sends it, since a validator resolves what it is given in place. */
async function served(): Promise<OpenApiDocument> {
  await using cf = createCounterfoil(testOptions());
  return (await (await cf.fetch(request("GET", "/openapi.json"))).json()) as OpenApiDocument;
}

test("the document that a server sends is valid OpenAPI 3.1, and every reference in it leads somewhere", async () => {
  const sent = await served();
  expect(sent.openapi).toBe("3.1.0");
  await SwaggerParser.validate(sent as never);
});

test("every route of the table is in the document, and nothing else", async () => {
  const described = Object.entries((await served()).paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described).toEqual(ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`));
});

test("the document names the server as it is: its issuer, its cookie, its version", async () => {
  const { servers, info, components } = await served();
  expect(servers).toEqual([{ url: ISSUER }]);
  expect(info).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(components.securitySchemes).toMatchObject({ cookie: { in: "cookie", name: "__Host-session_id" } });
});

test("the same server describes itself in the same words, and makes the document once", async () => {
  expect(openApiDocument({ url: ISSUER, cookieName: "__Host-session_id", routes })).toEqual(document);
  await using cf = createCounterfoil(testOptions());
  const [one, other] = [
    await cf.fetch(request("GET", "/openapi.json")),
    await cf.fetch(request("GET", "/openapi.json")),
  ];
  expect(await one.text()).toBe(await other.text());
  expect(one.headers.get("cache-control")).toBe("public, max-age=300");
});

test("no two operations have one name, and each is fit for a function of any language", () => {
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z][A-Za-z0-9]*$/.test(name))).toEqual([]);
});

test("every operation says in one sentence what it does", () => {
  expect(operations.map(({ summary }) => summary).filter((summary) => !/^[A-Z].*\.$/.test(summary))).toEqual([]);
});

test("each code that a route answers is an example of the answer with its status", () => {
  for (const route of routes) {
    const answers = operationOf(route).responses;
    const examples = Object.entries(answers).flatMap(([status, { content }]) =>
      Object.keys(content?.["application/json"]?.examples ?? {}).map((code) => `${status} ${code}`),
    );
    const expected = errorsOf(route).map(({ told, status }) => `${status} ${told}`);
    expect(new Set(examples)).toEqual(new Set(expected));
  }
});

test("headers are where they occur: Retry-After on 429 and 503, a challenge on a bearer's 401, a cookie on a sign-in", () => {
  const { responses } = operationOf(routes.find(({ path }) => path === "/login")!);
  expect(Object.keys(responses["200"]!.headers!)).toContain("Set-Cookie");
  expect(Object.keys(responses["429"]!.headers!)).toContain("Retry-After");
  expect(Object.keys(responses["401"]!.headers!)).not.toContain("WWW-Authenticate");
  const me = operationOf(routes.find(({ path }) => path === "/me")!).responses;
  expect(Object.keys(me["401"]!.headers!)).toContain("WWW-Authenticate");
  for (const { responses: all } of operations) expect(Object.keys(all["503"]!.headers!)).toContain("Retry-After");
});

test("bodies are closed and answers are open: a client outlives a member that is added", () => {
  const body = operationOf(routes.find(({ path }) => path === "/login")!).requestBody!.content["application/json"]!
    .schema;
  expect(body["additionalProperties"]).toBe(false);
  expect(JSON.stringify(document.components.schemas)).not.toContain("additionalProperties");
});

test("the refresh takes an Idempotency-Key, and the path's parameters are parameters", () => {
  const refresh = operationOf(routes.find(({ path }) => path === "/refresh")!);
  expect(refresh.parameters).toMatchObject([{ name: "Idempotency-Key", in: "header", required: false }]);
  const endSession = operationOf(routes.find(({ method }) => method === "DELETE")!);
  expect(endSession.parameters).toMatchObject([{ name: "sid", in: "path", required: true }]);
});

test("a form, a query and the errors of OAuth are described as such", async () => {
  const token: Route = {
    method: "POST",
    path: "/oauth/token",
    about: {
      operation: "token",
      summary: "Redeem.",
      access: "anyone",
      body: z.strictObject({ grant_type: z.literal("refresh_token") }),
      bodyType: "form",
      query: z.strictObject({ since: z.string().optional().describe("Where to go on.") }),
      answers: { 204: null },
      errors: ["invalid_grant"],
    },
    handle: () => new Response(),
  };
  const made = openApiDocument({ url: ISSUER, cookieName: "c", routes: [token] });
  const { requestBody, parameters, responses } = made.paths["/oauth/token"]!["post"]!;
  expect(Object.keys(requestBody!.content)).toEqual(["application/x-www-form-urlencoded"]);
  expect(parameters).toEqual([
    { name: "since", in: "query", required: false, description: "Where to go on.", schema: { type: "string" } },
  ]);
  expect(responses["415"]!.content).toEqual({
    "application/json": {
      schema: { $ref: "#/components/schemas/OAuthError" },
      examples: {
        invalid_request: {
          value: { error: "invalid_request", error_description: ERRORS.unsupported_media_type.sentence },
        },
      },
    },
  });
  expect(Object.keys(responses["400"]!.content!["application/json"]!.examples!)).toEqual([
    "invalid_request",
    "invalid_grant",
  ]);
  await SwaggerParser.validate(structuredClone(made) as never);
});
