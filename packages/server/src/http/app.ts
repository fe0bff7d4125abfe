import { CounterfoilError } from "@counterfoil/core";
import { checkOrigin, ERRORS, PATHS, secretInAddress } from "@counterfoil/protocol";
import { Hono } from "hono";
import type { Context } from "hono";
import { answerWithSlash, pageRoutes } from "../pages/page-routes.ts";
import type { PageRoute } from "../pages/page-routes.ts";
import type { PagesPart } from "../pages/pages.ts";
import type { Services } from "../services.ts";
import { accepts } from "./accept.ts";
import { errorAnswer, noContent } from "./answer.ts";
import { refusedCredential } from "./authenticated.ts";
import type { Call } from "./call.ts";
import { eventContext } from "./call.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { openApiText } from "./openapi.ts";
import { refuse } from "./refusal.ts";
import type { Route } from "./route.ts";

/** What comes with a request besides itself. */
export interface RequestInfo {
  /** The client's address, as far as it can be believed; for limits and events. */
  readonly remoteAddress?: string | undefined;
  /** It came in where administrators do; only with the option `separateAdmin`. */
  readonly admin?: boolean | undefined;
  /** Cuts its connection off: for a stream whose reader takes nothing more. */
  readonly reset?: (() => void) | undefined;
}

export type Handler = (request: Request, info: RequestInfo) => Promise<Response> | Response;

type Env = { Bindings: RequestInfo };

/**
 * The whole of it, or with `separateAdmin` two: what is below `/admin/` with what an administrator's page needs besides,
 * and all the rest; each describes itself.
 */
export function createApps(services: Services, routes: readonly Route[]): Handler {
  if (!services.settings.separateAdmin) return createApp(services, routes, "whole");
  const { issuer, basePath } = services.settings;
  const createHalf = (url: string, own: readonly Route[], part: PagesPart) =>
    createApp({ ...services, openApi: openApiText({ url, cookieName: services.cookieName, routes: own }) }, own, part);
  // Where administrators come in only who put it there knows: an address from the document's own.
  const admin = createHalf(
    basePath === "" ? "/" : basePath,
    routes.filter((route) => isAdmin(route) || FOR_ADMIN_PAGES.has(route.path)),
    "administrators",
  );
  const others = createHalf(
    issuer,
    routes.filter((route) => !isAdmin(route)),
    "others",
  );
  return (request, info) => (info.admin === true ? admin : others)(request, info);
}

const isAdmin = ({ path }: Route) => path.startsWith("/admin/");

/** Signing in, seeing to one's own session, and out: a page asks its own origin for it, and the cookie is of its host. */
const FOR_ADMIN_PAGES: ReadonlySet<string> = new Set([
  PATHS.login,
  PATHS.refresh,
  PATHS.logout,
  PATHS.logoutAll,
  PATHS.me,
  PATHS.meStream,
  PATHS.sessions,
  `${PATHS.sessions}/:sid`,
  PATHS.reauthenticate,
  PATHS.password,
  PATHS.openApi,
]);

/** The HTTP application: each request through the same guards, each error into its one form. */
function createApp(services: Services, table: readonly Route[], part: PagesPart): Handler {
  const { settings } = services;
  const routes = table.map(withoutSecretInAddress);
  const host = new Hono<Env>();
  const app = host.basePath(settings.basePath === "" ? "/" : settings.basePath);
  const callOf = (c: Context<Env>, route: string): Call => ({
    request: c.req.raw,
    method: c.req.method,
    route,
    context: eventContext(services.nextRequestId(), c.req.raw, c.env.remoteAddress ?? null),
    answerHeaders: corsHeaders(c.req.raw.headers, settings.allowedOrigins),
    params: c.req.param(),
    reset: c.env.reset,
  });

  const methods = new Map<string, Set<string>>();
  for (const route of routes) {
    const allowed = methods.get(route.path) ?? new Set<string>();
    methods.set(route.path, allowed.add(route.method));
  }
  // Clients put an issuer's path behind the well-known one (RFC 8414 §3.1); who serves the whole host hears of it.
  const metadata = routes.find(({ path }) => path === PATHS.metadata);
  if (metadata !== undefined && settings.basePath !== "") {
    const path = PATHS.metadata + settings.basePath;
    host.get(path, (c) => answer(services, callOf(c, path), metadata));
  }
  // Path by path: the table has a path before any whose parameter would match it as well.
  for (const [path, allowed] of methods) {
    for (const route of routes.filter((each) => each.path === path)) {
      app.on(route.method, path, (c) => answer(services, callOf(c, path), route));
    }
    if (allowed.has("GET")) allowed.add("HEAD");
    const allow = [...allowed, "OPTIONS"].toSorted().join(", ");
    app.all(path, (c) => counted(services, answerOtherMethod(services, callOf(c, path), allow)));
  }
  for (const route of pageRoutes(services.pages, part)) {
    const { method, path } = route;
    // The framework has no slash at the end of a mounted path.
    const on = path === "/" && settings.basePath !== "" ? host : app;
    const at = on === host ? `${settings.basePath}/` : path;
    on.on(method, at, async (c) => counted(services, await answerPage(services, callOf(c, path), route)));
    const allow = method === "GET" ? "GET, HEAD, OPTIONS" : "OPTIONS, POST";
    on.all(at, (c) => counted(services, answerOtherMethod(services, callOf(c, path), allow)));
  }
  if (settings.basePath !== "") {
    host.all(settings.basePath, (c) => counted(services, answerWithSlash(callOf(c, "/"), settings.basePath)));
  }
  app.notFound((c) => counted(services, answerUnknown(services, callOf(c, "*"))));
  app.onError((error, c) => fault(services, callOf(c, "*"), error));
  return (request, info) => app.fetch(request, { ...info });
}

async function answerPage(services: Services, call: Call, route: PageRoute): Promise<Response> {
  try {
    return await route.handle(call);
  } catch (error) {
    // Not as a refusal: nobody is refused anything, and the event log is not for whoever sends nonsense here.
    if (error instanceof CounterfoilError && ERRORS[error.code].status < 500) {
      return errorAnswer(call, error.code, error.message);
    }
    return fault(services, call, error);
  }
}

/** No route of ours takes a secret from its address, whatever else it reads (ASVS V14.2.1). */
function withoutSecretInAddress(route: Route): Route {
  return {
    ...route,
    handle(services, call) {
      const inAddress = secretInAddress(call.request.url, services.cookieName);
      if (inAddress !== null) return refuse(services, call, refusedCredential(inAddress));
      return route.handle(services, call);
    },
  };
}

type GuardedRoute = Pick<Route, "method" | "path" | "handle">;

/** Answers one request through the guards and the error form of every route, outside the table of routes. */
export function answerGuarded(
  services: Services,
  request: Request,
  info: RequestInfo,
  route: GuardedRoute,
): Promise<Response> {
  const call: Call = {
    request,
    method: route.method,
    route: route.path,
    context: eventContext(services.nextRequestId(), request, info.remoteAddress ?? null),
    answerHeaders: corsHeaders(request.headers, services.settings.allowedOrigins),
    params: {},
    reset: info.reset,
  };
  return answer(services, call, route);
}

async function answer(services: Services, call: Call, route: GuardedRoute): Promise<Response> {
  const { metrics } = services;
  if (metrics === null) return answerRoute(services, call, route);
  const startedAt = performance.now();
  const response = await answerRoute(services, call, route);
  metrics.answered(call.method, call.route, response.status, (performance.now() - startedAt) / 1000);
  return response;
}

async function answerRoute(services: Services, call: Call, route: GuardedRoute): Promise<Response> {
  try {
    const { origin, allowedOrigins } = services.settings;
    const { method, request } = call;
    const { headers } = request;
    const { cookieName } = services;
    // Two arrive joined. Nothing here goes by it, but what stands in front may have gone by the other (ASVS V4.2.1).
    if (headers.get("host")?.includes(",") === true) {
      return refuse(services, call, {
        code: "invalid_request",
        reason: "malformed",
        sentence: "Send one Host header.",
      });
    }
    const from = checkOrigin({ method, headers, ownOrigin: origin, allowedOrigins, cookieName });
    if (!from.ok) return refuse(services, call, { ...from, code: "csrf_refused" });
    return await route.handle(services, call);
  } catch (error) {
    return fault(services, call, error);
  }
}

/** A path that nothing is at: a page for who has followed a link or typed it, an error for everybody else. */
function answerUnknown({ pages }: Services, call: Call): Response {
  const { method } = call.request;
  // As browsers ask for what they open, and no client of an API does.
  const isReader = (method === "GET" || method === "HEAD") && accepts(call.request, "text/html");
  return (isReader ? pages.unknown(call) : null) ?? errorAnswer(call, "not_found");
}

/** Of no route: method and path are the sender's words, and no labels. */
function counted({ metrics }: Services, response: Response): Response {
  metrics?.answered("*", "*", response.status, 0);
  return response;
}

/** Preflights, and 405 for the rest (ASVS V4.1.4). */
function answerOtherMethod(services: Services, call: Call, allow: string): Response {
  const preflight = answerPreflight(call.request, services.settings.allowedOrigins);
  switch (preflight.kind) {
    case "allowed":
      return noContent(call, preflight.headers);
    case "refused":
      return errorAnswer(call, "csrf_refused", preflight.sentence, preflight.headers);
    case "none":
      return call.method === "OPTIONS"
        ? noContent(call, { Allow: allow })
        : errorAnswer(call, "method_not_allowed", `This route answers ${allow}.`, { Allow: allow });
  }
}

/**
 * Whatever was thrown, as an answer: ours with its code, a ledger out of reach as 503 (nobody is signed out by it), and the rest as 500 with a
 * fixed body, told to the log alone.
 */
function fault(services: Services, call: Call, error: unknown): Response {
  const code = error instanceof CounterfoilError ? error.code : "internal";
  if (error instanceof CounterfoilError && ERRORS[code].status < 500) {
    return refuse(services, call, { code, reason: "malformed", sentence: error.message });
  }
  const { method, route, context } = call;
  services.notice({ type: "fault", method, route, status: ERRORS[code].status, error, context });
  return errorAnswer(call, code);
}
