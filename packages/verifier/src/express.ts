import { authOf, refusalForRole, refusalOf } from "./request/admission.ts";
import type { AdmissionOptions } from "./request/admission.ts";
import type { RequestAuth } from "./request/auth.ts";
import { headOf } from "./request/node-head.ts";
import type { IncomingHead } from "./request/node-head.ts";
import type { RequestRefused } from "./request/refusal.ts";
import { roleCheck } from "./request/role.ts";
import { goOn } from "./request/soon.ts";
import type { RequestVerifier } from "./request/verify-request.ts";

declare global {
  // Express's own way to say what a middleware adds to a request.
  namespace Express {
    interface Request {
      /** Who the request is from: set by `requireAuth`. */
      auth?: RequestAuth;
    }
  }
}

/** The little of Express's request and response that is used: of version 4 or 5. */
export interface ExpressRequest extends IncomingHead {
  readonly originalUrl?: string;
  auth?: RequestAuth;
}

export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  json(body: unknown): unknown;
}

export type ExpressMiddleware = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Lets a request in whose credential is good, with `req.auth`; answers the others. `cors()` goes above it: a browser's
 * preflight carries no credential and is refused like any request without one.
 */
export function requireAuth(verifier: RequestVerifier, options: AdmissionOptions = {}): ExpressMiddleware {
  return (request, response, next) => {
    const { method, rawHeaders, url, originalUrl = url } = request;
    const head = headOf({ method, url: originalUrl, rawHeaders });
    const admit = (seen: Awaited<ReturnType<RequestVerifier["verifyRequest"]>>) => {
      const refusal = refusalOf(seen, options);
      if (refusal !== null) return answer(response, refusal);
      const auth = authOf(seen);
      if (auth !== undefined) request.auth = auth;
      next();
    };
    goOn(verifier.verifyRequest(head), admit, next);
  };
}

/** Behind `requireAuth`: lets in who has at least one of the roles. @throws TypeError if none is named */
export function requireRole(...roles: readonly string[]): ExpressMiddleware {
  const check = roleCheck(roles);
  return (request, response, next) => {
    const refusal = refusalForRole(request.auth, check);
    if (refusal === null) next();
    else answer(response, refusal);
  };
}

function answer(response: ExpressResponse, { status, headers, body }: RequestRefused): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.json(body);
}
