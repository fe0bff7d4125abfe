import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { credentialsOf } from "../../packages/server/src/http/described.ts";
import type { Route } from "../../packages/server/src/http/route.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";

export interface RouteName {
  readonly method: string;
  /** With the parameters filled in. */
  readonly path: string;
}

/** An id of the right form that no session has. */
export const NO_SID = `ses_${"A".repeat(22)}`;

/** Every route of the demonstration, which has all of the server's. */
export const DEMO_ROUTES: readonly Route[] = [...ROUTES, dashboard];

export const ALL_ROUTES: readonly RouteName[] = DEMO_ROUTES.map(nameOf);

function nameOf({ method, path }: Route): RouteName {
  return { method, path: path.replaceAll(/:\w+/g, NO_SID) };
}

export const UNSAFE_ROUTES = ALL_ROUTES.filter(({ method }) => method !== "GET");

/** Those that take a form, and answer in OAuth's own terms; they have tests of their own. */
const OAUTH = "/oauth/";

/** Those that a JSON body may go to. */
export const BODY_ROUTES = ALL_ROUTES.filter(({ method, path }) => method === "POST" && !path.startsWith(OAUTH));

/** Those that ask for a credential and for nothing in a body: they answer 401 to one that is over. */
export const CREDENTIAL_ROUTES = DEMO_ROUTES.filter(
  (route) =>
    !route.path.startsWith(OAUTH) &&
    !credentialsOf(route).includes("none") &&
    (route.about.body?.safeParse({}).success ?? true),
).map(nameOf);
