import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { credentialsOf, errorsOf, EVERY_ROUTE, secretsOf } from "../../packages/server/src/http/described.ts";
import type { JsonSchema } from "../../packages/server/src/http/json-schema.ts";
import { openApiDocument } from "../../packages/server/src/http/openapi.ts";
import type { Operation } from "../../packages/server/src/http/openapi.ts";
import type { Route, RouteAccess, RouteCredential } from "../../packages/server/src/http/route.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";
import { BODIES, BROWSERS } from "./edge.ts";
import { bullets, code, codes, page, table } from "./markdown.ts";

const all = [...ROUTES, dashboard];
const document = openApiDocument({ url: "https://app.example.com", cookieName: "__Host-session_id", routes: all });

/** The rule of each route (ASVS V8.1.1). */
const ACCESS: Readonly<Record<RouteAccess, string>> = {
  anyone: "Everybody, without a credential.",
  session:
    "Whoever holds a credential of a session: the cookie, an access token or a refresh token. It is about that session's user.",
  user: "Whoever is signed in, by cookie or access token. It is about that user and nobody else.",
  admin: "A user with the role `admin` who has proved presence recently.",
  verifier: "A registered verifier, by its credential.",
};

const CREDENTIALS: Readonly<Record<RouteCredential, string>> = {
  none: "none",
  token_in_body: "a refresh or access token, in the body",
  cookie: "the session cookie",
  access_token: "an access token",
  refresh_token: "a refresh token",
  verifier_credential: "a verifier's credential",
};

export function routes(): string {
  return page(
    "Routes",
    "Below the path of the issuer, every route that there is. A running server describes itself as OpenAPI 3.1 at " +
      "`/openapi.json`: clients can be generated from that. What any of them may answer is not repeated below: " +
      `${codes(EVERY_ROUTE)}. Each code is explained in [errors](errors.md).`,
    table(
      ["route", "who may ask", "does"],
      all.map((route) => [`[${code(nameOf(route))}](#${anchor(route)})`, route.about.access, route.about.summary]),
    ),
    "## Who may ask",
    table(
      ["", ""],
      Object.entries(ACCESS).map(([access, rule]) => [code(access), rule]),
    ),
    "## Ways to authenticate",
    "These are all: a secret that a user knows is taken by the routes of the first table, and a credential of ours by those " +
      "of the second. Each guess counts against one limit, by account and address, and each refusal is an event.",
    table(
      ["route", "takes"],
      all.filter((route) => secretsOf(route).length > 0).map((route) => [code(nameOf(route)), codes(secretsOf(route))]),
    ),
    table(
      ["route", "takes"],
      all
        .filter((route) => credentialsOf(route).some((kind) => kind !== "none"))
        .map((route) => [
          code(nameOf(route)),
          credentialsOf(route)
            .map((kind) => CREDENTIALS[kind])
            .join(", "),
        ]),
    ),
    "## What a body may be",
    bullets(BODIES),
    "## What a browser has to do",
    BROWSERS.intro,
    table(["feature", "for", "without it"], BROWSERS.features),
    ...all.map(section),
    "## Forms",
    "What several routes answer with. A form may come to have more members.",
    ...Object.entries(document.components.schemas)
      .filter(([name]) => !name.endsWith("Error"))
      .map(([name, schema]) => `### ${name}\n\n${schema.properties === undefined ? formOf(schema) : members(schema)}`),
  );
}

function section(route: Route): string {
  const { about, path, method } = route;
  const operation = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]![method.toLowerCase()]!;
  const { requestBody, parameters = [] } = operation;
  const body = Object.entries(requestBody?.content ?? {});
  return [
    `## ${code(nameOf(route))}`,
    about.summary,
    bullets([
      `Who may ask: ${code(about.access)}`,
      about.access !== "anyone" &&
        `Credential: ${credentialsOf(route)
          .map((kind) => CREDENTIALS[kind])
          .join(", ")}`,
      about.cookie === "sets" && "Sets the session cookie, where the session travels by cookie",
      about.cookie === "clears" && "Clears the session cookie",
    ]),
    ...(parameters.length === 0
      ? []
      : [
          table(
            ["parameter", "in", "form", "about"],
            parameters.map((each) => [code(each.name), each.in, formOf(each.schema), each.description ?? ""]),
          ),
        ]),
    ...(body.length === 0
      ? []
      : [`Body, ${body.map(([type]) => code(type)).join(" or ")}:`, members(body[0]![1].schema)]),
    ...answers(operation),
    ...errorsAt(route),
  ].join("\n\n");
}

function errorsAt(route: Route): string[] {
  const own = errorsOf(route).filter((error) => error.told !== error.code || !EVERY_ROUTE.includes(error.code));
  return own.length === 0
    ? []
    : [`Errors: ${[...new Set(own.map(({ told, status }) => `${code(told)} (${status})`))].join(", ")}.`];
}

function answers({ responses }: Operation): string[] {
  return Object.entries(responses)
    .filter(([status]) => Number(status) < 400)
    .flatMap(([status, { content }]) => {
      const schema = content?.["application/json"]?.schema;
      if (schema === undefined) return [`Answers ${status}, without a body.`];
      if (schema.properties === undefined) return [`Answers ${status}: ${formOf(schema)}.`];
      return [`Answers ${status}:`, members(schema)];
    });
}

function members({ properties = {}, required = [] }: JsonSchema): string {
  return table(
    ["member", "form", "about"],
    Object.entries(properties).map(([name, property]) => [
      code(name),
      `${formOf(property)}${required.includes(name) ? "" : ", optional"}`,
      property.description ?? "",
    ]),
  );
}

function formOf(schema: JsonSchema): string {
  const { type, $ref } = schema;
  const name = $ref?.split("/").at(-1);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  if (schema["const"] !== undefined) return code(JSON.stringify(schema["const"]));
  if (schema["enum"] !== undefined)
    return (schema["enum"] as readonly unknown[]).map((one) => code(JSON.stringify(one))).join(" or ");
  if (schema["anyOf"] !== undefined) return (schema["anyOf"] as readonly JsonSchema[]).map(formOf).join(" or ");
  if (type === "array") return `array of ${formOf((schema["items"] ?? {}) as JsonSchema)}`;
  return typeof type === "string" ? type : (type ?? ["anything"]).join(" or ");
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`;
}

/** As the renderers of Markdown make it of the heading. */
function anchor(route: Route): string {
  return nameOf(route)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, "")
    .replaceAll(" ", "-");
}
