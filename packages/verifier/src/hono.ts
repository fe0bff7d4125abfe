import type { MiddlewareHandler } from "hono";
import { authOf, refusalForRole, refusalOf } from "./request/admission.ts";
import type { AdmissionOptions } from "./request/admission.ts";
import type { RequestAuth } from "./request/auth.ts";
import type { RequestRefused } from "./request/refusal.ts";
import { roleCheck } from "./request/role.ts";
import type { RequestVerified, RequestVerifier } from "./request/verify-request.ts";

/** `c.var.auth`: who the request is from. */
export interface AuthVariables {
  readonly Variables: { readonly auth: RequestAuth };
}

/** `c.var.auth` where a request may come without a credential. */
export interface OptionalAuthVariables {
  readonly Variables: { readonly auth: RequestAuth | undefined };
}

/**
 * Lets a request in whose credential is good, with `c.var.auth`; answers the others. `cors()` goes above it: a
 * browser's preflight carries no credential and is refused like any request without one.
 */
export function requireAuth(
  verifier: RequestVerifier,
  options?: AdmissionOptions & { readonly optional?: false },
): MiddlewareHandler<AuthVariables>;
export function requireAuth(
  verifier: RequestVerifier,
  options: AdmissionOptions,
): MiddlewareHandler<OptionalAuthVariables>;
export function requireAuth(verifier: RequestVerifier, options: AdmissionOptions = {}): MiddlewareHandler {
  return (c, next) => {
    const admit = (seen: RequestVerified): Promise<Response | void> => {
      const refusal = refusalOf(seen, options);
      if (refusal !== null) return Promise.resolve(answer(refusal));
      c.set("auth", authOf(seen));
      return next();
    };
    // The promise of what follows is handed on as it is: one of our own would cost as much as the check.
    const checked = verifier.verifyRequest(c.req.raw);
    return checked instanceof Promise ? checked.then(admit) : admit(checked);
  };
}

/** Behind `requireAuth`: lets in who has at least one of the roles. @throws TypeError if none is named */
export function requireRole(...roles: readonly string[]): MiddlewareHandler<AuthVariables> {
  const check = roleCheck(roles);
  return async (c, next) => {
    const refusal = refusalForRole(c.get("auth"), check);
    if (refusal !== null) return answer(refusal);
    return next();
  };
}

function answer({ status, headers, body }: RequestRefused): Response {
  return Response.json(body, { status, headers: { ...headers } });
}
