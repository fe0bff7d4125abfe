import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";

export interface RouteName {
  readonly method: string;
  /** With the parameters filled in. */
  readonly path: string;
}

/** An id of the right form that no session has. */
export const NO_SID = `ses_${"A".repeat(22)}`;

/** Every route of the demonstration, which has all of the server's. */
export const ALL_ROUTES: readonly RouteName[] = [...ROUTES, dashboard].map(({ method, path }) => ({
  method,
  path: path.replace(/:sid|:id|:kid|:sub/, NO_SID),
}));

export const UNSAFE_ROUTES = ALL_ROUTES.filter(({ method }) => method !== "GET");

/** Those that take a form, and answer in OAuth's own terms; they have tests of their own. */
const OAUTH = "/oauth/";

/** Those that a JSON body may go to. */
export const BODY_ROUTES = ALL_ROUTES.filter(({ method, path }) => method === "POST" && !path.startsWith(OAUTH));

const PUBLIC = [
  "/login",
  "/register",
  "/password/reset",
  "/.well-known/jwks.json",
  "/.well-known/oauth-authorization-server",
  "/healthz",
  "/readyz",
];

/** Those that take a credential and answer 401 to one that is over; a logout of nothing is no error. */
export const CREDENTIAL_ROUTES = ALL_ROUTES.filter(
  // Re-authentication and the change of a password need a body, and have tests of their own.
  ({ path }) =>
    !PUBLIC.includes(path) && !path.startsWith(OAUTH) && !["/logout", "/reauthenticate", "/password"].includes(path),
);
