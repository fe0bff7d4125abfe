import assert from "node:assert/strict";
import { PATHS } from "@counterfoil/protocol";
import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { errorForm, errorsOf } from "../../packages/server/src/http/described.ts";
import { ErrorSchema, OAuthErrorSchema } from "../../packages/server/src/http/openapi.ts";
import type { Route } from "../../packages/server/src/http/route.ts";
import type { Answer } from "./answer.ts";
import type { RouteName } from "./routes.ts";
import { DEMO_ROUTES } from "./routes.ts";

const MATCHERS = DEMO_ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll(/[.+*?()[\]]/g, String.raw`\$&`).replaceAll(/:\w+/g, "[^/]+")}$`),
}));

/** What no route is asked about: Node's parser refuses before there is a request. */
const BEFORE_ROUTES = new Set([408, 431]);

/** An answer is one of those that its route is described with: in `/openapi.json`, and so in every generated client. */
export function checkDescribed(issuer: string, { method, path }: RouteName, answer: Answer): void {
  const { status, text, body } = answer;
  if (BEFORE_ROUTES.has(status)) return;
  const of = routesAt(issuer, path);
  const route = of.find((one) => one.method === (method === "HEAD" ? "GET" : method));
  const where = `${method} ${path} is not described as answering ${status} ${text}`;
  if (route === undefined) {
    checkUndescribed(method, of, answer, where);
    return;
  }
  const { about } = route;
  if (status >= 400) {
    if (method === "HEAD") return;
    const form = errorForm(route) === "Error" ? ErrorSchema : OAuthErrorSchema;
    assert.deepEqual(form.parse(body), body, where);
    // The demonstration's own route is nothing on any other server, and an administrators' may be on a port of its own.
    if ((route === dashboard || route.path.startsWith("/admin/")) && body["code"] === "not_found") return;
    const told = String(form === ErrorSchema ? body["code"] : body["error"]);
    assert.ok(
      errorsOf(route).some((error) => error.told === told && error.status === status),
      where,
    );
    return;
  }
  const schema = about.answers[status];
  assert.ok(schema !== undefined, where);
  if (schema === null) assert.equal(text, "", where);
  // What the schema does not know, it takes away or refuses.
  else if (method !== "HEAD") assert.deepEqual(schema.parse(body), body, where);
  assert.ok(answer.setCookies.length === 0 || about.cookie !== undefined, `${where}, with a cookie`);
}

/** Paths that are none of ours, and other methods of those that are. */
function checkUndescribed(method: string, of: readonly Route[], { status, text, body }: Answer, where: string): void {
  if (method === "OPTIONS" && of.length > 0) assert.ok(status === 204 || body["code"] === "csrf_refused", where);
  else if (of.some((route) => errorForm(route) === "OAuthError")) assert.ok(status >= 400, where);
  else if (text !== "") {
    const code = of.length > 0 ? "method_not_allowed" : "not_found";
    assert.ok([code, "invalid_request", "internal", "unavailable"].includes(String(body["code"])), where);
  } else assert.ok(status >= 400, where);
}

function routesAt(issuer: string, path: string): readonly Route[] {
  const base = new URL(issuer).pathname.replace(/\/$/, "");
  // The metadata of an issuer with a path are also where RFC 8414 §3 puts them.
  const [below = ""] = path === PATHS.metadata + base ? [PATHS.metadata] : path.slice(base.length).split(/[?#]/, 1);
  const found = MATCHERS.filter(
    ({ pattern }) => (path.startsWith(base) || below === PATHS.metadata) && pattern.test(below),
  ).map(({ route }) => route);
  // A path that is written out goes before one with a parameter.
  const exact = found.filter((route) => route.path === below);
  return exact.length > 0 ? exact : found;
}
