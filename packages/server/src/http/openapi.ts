import { ERRORS, oauthDescription } from "@counterfoil/protocol";
import type { ErrorCode } from "@counterfoil/protocol";
import { z } from "zod";
import { VERSION } from "../version.ts";
import { credentialsOf, errorForm, errorsOf } from "./described.ts";
import type { RouteError } from "./described.ts";
import type { JsonSchema, SchemaOf } from "./json-schema.ts";
import { jsonSchemas } from "./json-schema.ts";
import type { Route, RouteCredential } from "./route.ts";
import { named } from "./schema.ts";

export interface DescribedServer {
  /** Where the routes are: the issuer, or a path from the document. */
  readonly url: string;
  readonly cookieName: string;
  /** All that a listener answers, the demonstration's route included where it is one. */
  readonly routes: readonly Route[];
}

/** As much of OpenAPI 3.1 as is written here and read in this repository. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly examples: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, readonly never[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Content;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly examples?: unknown }>>;

const CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** The one form of an error outside `/oauth/`. */
export const ErrorSchema = named(
  "Error",
  z.strictObject({
    error: z.string().describe("A sentence for whoever reads it: what was wrong, and what would be right."),
    code: z.enum(CODES).describe("For programs to branch on."),
  }),
);
/** RFC 6749 §5.2. */
export const OAuthErrorSchema = named(
  "OAuthError",
  z.strictObject({ error: z.string(), error_description: z.string().optional() }),
);
const ERROR_FORMS = { Error: ErrorSchema, OAuthError: OAuthErrorSchema };

const DESCRIPTION = `One record a sign-in, carried as a cookie or as tokens.

- A body is JSON, or absent, which is an empty object. A member that is not described here is refused.
- Answers may come to have more members: ignore those that you do not know.
- Each answer names itself in \`Request-Id\`; \`counterfoil explain\` tells the operator what became of it.
- A path that is not here is 404 \`not_found\`; another method is 405 \`method_not_allowed\`, with \`Allow\`.
- An unsafe request of a browser has to come from this site or from a listed origin; with the session cookie, any client
  has to send \`Sec-Fetch-Site\` or \`Origin\`.
- 503 is a fault of the server, with \`Retry-After\`: nobody is signed out by it.`;

/** The server's routes as OpenAPI 3.1, the same for the same server: made from the table, with no I/O. */
export function openApiDocument({ url, cookieName, routes }: DescribedServer): OpenApiDocument {
  const schemas = jsonSchemas(
    routes,
    routes.map(errorForm).map((form) => ERROR_FORMS[form]),
  );
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas.of) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Counterfoil",
      version: VERSION,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url }],
    paths,
    components: {
      schemas: schemas.named,
      headers: HEADERS,
      examples: EXAMPLES,
      securitySchemes: securitySchemes(cookieName),
    },
  };
}

/** The document as JSON, made when it is first asked for. */
export function openApiText(server: DescribedServer): () => string {
  let text: string | undefined;
  return () => (text ??= JSON.stringify(openApiDocument(server)));
}

const HEADERS = {
  "Request-Id": {
    description: "Names the request, in the log and for `counterfoil explain`.",
    schema: { type: "string" },
  },
  "Retry-After": { description: "Seconds.", required: true, schema: { type: "integer", minimum: 1 } },
  "WWW-Authenticate": {
    description: "The challenge (RFC 6750 §3), unless the credential was the session cookie.",
    schema: { type: "string" },
  },
  "Set-Cookie": { description: "The session cookie: HttpOnly, SameSite=Lax.", schema: { type: "string" } },
} as const;

/** The schemes by which each credential may come; `null` where it is no matter of headers. */
const SECURITY: Readonly<Record<RouteCredential, readonly (string | null)[]>> = {
  none: [null],
  token_in_body: [null],
  cookie: ["cookie"],
  access_token: ["access_token"],
  refresh_token: ["refresh_token"],
  verifier_credential: ["verifier_credential", "verifier_basic"],
};

function securitySchemes(cookieName: string): Readonly<Record<string, unknown>> {
  return {
    cookie: { type: "apiKey", in: "cookie", name: cookieName, description: "The session token; set by a sign-in." },
    access_token: {
      type: "http",
      scheme: "bearer",
      bearerFormat: "at+jwt",
      description: "An access token (RFC 9068).",
    },
    refresh_token: {
      type: "http",
      scheme: "bearer",
      bearerFormat: "cfr_…",
      description: "A refresh token: opaque, good once.",
    },
    verifier_credential: { type: "http", scheme: "bearer", description: "The credential of a registered verifier." },
    verifier_basic: {
      type: "http",
      scheme: "basic",
      description: "The verifier's name, and its credential as the password.",
    },
  };
}

function operation(route: Route, schemaOf: SchemaOf): Operation {
  const { about } = route;
  const parameters = [
    ...[...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name: name!,
      in: "path" as const,
      required: true,
      schema: { type: "string" },
    })),
    ...parametersOf("query", about.query && schemaOf(about.query)),
    ...parametersOf("header", about.headers && schemaOf(about.headers)),
  ];
  return {
    operationId: about.operation,
    summary: about.summary,
    security: credentialsOf(route)
      .flatMap((kind) => SECURITY[kind])
      .map((scheme) => (scheme === null ? {} : { [scheme]: [] })),
    ...(parameters.length > 0 && { parameters }),
    ...(about.body !== undefined && { requestBody: requestBody(route, schemaOf(about.body)) }),
    responses: { ...goodAnswers(route, schemaOf), ...errorAnswers(route, schemaOf) },
  };
}

function parametersOf(where: "query" | "header", schema: JsonSchema | undefined): Parameter[] {
  return Object.entries(schema?.properties ?? {}).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: schema?.required?.includes(name) ?? false,
    ...(description !== undefined && { description }),
    schema: property,
  }));
}

const BODY_TYPES = {
  json: "application/json",
  form: "application/x-www-form-urlencoded",
} as const;

function requestBody({ about }: Route, schema: JsonSchema) {
  const content = { [BODY_TYPES[about.bodyType ?? "json"]]: { schema } };
  // An absent body is an empty object, which will do where no member is required.
  return { required: (schema.required ?? []).length > 0, content };
}

const EVENT_STREAM = { "text/event-stream": { schema: { type: "string" } } } as const;

function goodAnswers({ about }: Route, schemaOf: SchemaOf): Record<string, Answer> {
  const headers = headersOf(["Request-Id", ...(about.cookie === undefined ? [] : (["Set-Cookie"] as const))]);
  return Object.fromEntries(
    Object.entries(about.answers).map(([status, schema]) => [
      status,
      schema === null
        ? about.stream === "always"
          ? { description: "Done.", headers, content: EVENT_STREAM }
          : { description: "Done; no body.", headers }
        : {
            description: "Done.",
            headers,
            content: {
              "application/json": { schema: schemaOf(schema) },
              ...(about.stream && EVENT_STREAM),
            },
          },
    ]),
  );
}

/** One answer a status; its codes are its examples, by name. */
function errorAnswers(route: Route, schemaOf: SchemaOf): Record<string, Answer> {
  const form = errorForm(route);
  const answers: Record<string, Answer> = {};
  const errors = errorsOf(route);
  for (const status of new Set(errors.map((error) => error.status))) {
    const here = errors.filter((error) => error.status === status);
    const told = [...new Set(here.map((error) => error.told))];
    const challenged =
      status === 401 &&
      credentialsOf(route).some((kind) => ["access_token", "refresh_token", "verifier_credential"].includes(kind));
    const examples = Object.fromEntries(
      told.map((name) => [
        name,
        example(
          form,
          here.find((error) => error.told === name)!,
        ),
      ]),
    );
    answers[status] = {
      description: `${told.map((name) => `\`${name}\``).join(", ")}.`,
      headers: headersOf([
        "Request-Id",
        ...(status === 429 || status === 503 ? (["Retry-After"] as const) : []),
        ...(challenged ? (["WWW-Authenticate"] as const) : []),
      ]),
      content: { "application/json": { schema: schemaOf(ERROR_FORMS[form]), examples } },
    };
  }
  return answers;
}

const EXAMPLES = Object.fromEntries(CODES.map((code) => [code, { value: { error: ERRORS[code].sentence, code } }]));

function example(form: "Error" | "OAuthError", { code, told }: RouteError) {
  if (form === "Error") return { $ref: `#/components/examples/${code}` };
  return { value: { error: told, error_description: oauthDescription(ERRORS[code].sentence) } };
}

function headersOf(names: readonly (keyof typeof HEADERS)[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
