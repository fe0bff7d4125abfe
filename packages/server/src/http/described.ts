import { ERRORS, oauthError } from "@counterfoil/protocol";
import type { ErrorCode } from "@counterfoil/protocol";
import type { Route, RouteAccess, RouteCredential } from "./route.ts";

type Described = Pick<Route, "method" | "path" | "about">;

/** What any route may answer, whatever it is. */
export const EVERY_ROUTE: readonly ErrorCode[] = ["invalid_request", "internal", "unavailable"];
const UNSAFE: readonly ErrorCode[] = ["csrf_refused"];
const WITH_BODY: readonly ErrorCode[] = ["payload_too_large", "unsupported_media_type"];
const OF_USER: readonly ErrorCode[] = [
  "ambiguous_credentials",
  "not_authenticated",
  "invalid_session",
  "invalid_token",
  "claims_changed",
];

/** What follows from who may ask. A `session` route says itself what it answers to a credential that is no longer good. */
const OF_ACCESS: Readonly<
  Record<RouteAccess, { readonly credentials: readonly RouteCredential[]; readonly errors: readonly ErrorCode[] }>
> = {
  anyone: { credentials: ["none"], errors: [] },
  session: { credentials: ["cookie", "access_token", "refresh_token"], errors: ["ambiguous_credentials"] },
  user: { credentials: ["cookie", "access_token"], errors: OF_USER },
  admin: {
    credentials: ["cookie", "access_token"],
    errors: [...OF_USER, "insufficient_role", "reauthentication_required"],
  },
  verifier: { credentials: ["verifier_credential"], errors: ["invalid_client"] },
};

export function credentialsOf({ about }: Described): readonly RouteCredential[] {
  return about.credentials ?? OF_ACCESS[about.access].credentials;
}

/** An error as a route tells it. */
export interface RouteError {
  readonly code: ErrorCode;
  /** What a client reads: the code, or under `/oauth/` the one of OAuth's that is told for it. */
  readonly told: string;
  readonly status: number;
}

/** Every error that a route may answer, by status and then as {@link ERRORS} has them. */
export function errorsOf(route: Described): readonly RouteError[] {
  const { method, about } = route;
  const codes = new Set<ErrorCode>([
    ...EVERY_ROUTE,
    ...(method === "GET" ? [] : UNSAFE),
    ...(about.body === undefined ? [] : WITH_BODY),
    ...OF_ACCESS[about.access].errors,
    ...about.errors,
  ]);
  const all = Object.keys(ERRORS) as ErrorCode[];
  const errors = all.filter((code) => codes.has(code)).map((code) => toldBy(route, code));
  return errors.toSorted((left, right) => left.status - right.status);
}

function toldBy(route: Described, code: ErrorCode): RouteError {
  if (errorForm(route) === "Error") return { code, told: code, status: ERRORS[code].status };
  const { error, status } = oauthError(code);
  return { code, told: error, status };
}

const SECRETS: ReadonlySet<string> = new Set(["password", "current_password", "new_password", "code", "second_factor"]);

/** The members of its body that a user knows, and that others could guess: each guess counts (ASVS V6.3.1). */
export function secretsOf({ about }: Described): readonly string[] {
  return Object.keys(about.body?.shape ?? {}).filter((member) => SECRETS.has(member));
}

/** Under `/oauth/` errors have the form of the RFCs, which clients of OAuth know (RFC 6749 §5.2). */
export function errorForm({ path }: Described): "Error" | "OAuthError" {
  return path.startsWith("/oauth/") ? "OAuthError" : "Error";
}
