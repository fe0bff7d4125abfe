import type { FastifyRequest } from "fastify";
import { authOf, refusalForRole, refusalOf } from "./request/admission.ts";
import type { AdmissionOptions } from "./request/admission.ts";
import type { RequestAuth } from "./request/auth.ts";
import { headOf } from "./request/node-head.ts";
import type { IncomingHead } from "./request/node-head.ts";
import type { RequestRefused } from "./request/refusal.ts";
import { roleCheck } from "./request/role.ts";
import { goOn } from "./request/soon.ts";
import type { RequestVerifier } from "./request/verify-request.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who the request is from: set by `requireAuth`. */
    auth?: RequestAuth;
  }
}

/** The little of Fastify's request and reply that is used, so that a hook fits a route of any schema and server. */
export interface FastifyRequestLike extends Pick<FastifyRequest, "originalUrl" | "auth"> {
  readonly raw: IncomingHead;
}

export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  headers(values: Record<string, string>): FastifyReplyLike;
  send(body: unknown): unknown;
}

export type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: (error?: Error) => void) => void;

/**
 * A hook that lets a request in whose credential is good, with `request.auth`, and answers the others: as `onRequest`
 * of a route, or of all that a plugin encloses by `addHook("onRequest", …)`. It runs before the body is read.
 * `@fastify/cors` is registered before it: a browser's preflight carries no credential.
 */
export function requireAuth(verifier: RequestVerifier, options: AdmissionOptions = {}): FastifyHook {
  return (request, reply, done) => {
    const { method, rawHeaders } = request.raw;
    const head = headOf({ method, url: request.originalUrl, rawHeaders });
    const admit = (seen: Awaited<ReturnType<RequestVerifier["verifyRequest"]>>) => {
      const refusal = refusalOf(seen, options);
      if (refusal !== null) return answer(reply, refusal);
      const auth = authOf(seen);
      if (auth !== undefined) request.auth = auth;
      done();
    };
    goOn(verifier.verifyRequest(head), admit, (error) => done(error as Error));
  };
}

/** Behind `requireAuth`: lets in who has at least one of the roles. @throws TypeError if none is named */
export function requireRole(...roles: readonly string[]): FastifyHook {
  const check = roleCheck(roles);
  return (request, reply, done) => {
    const refusal = refusalForRole(request.auth, check);
    if (refusal === null) done();
    else answer(reply, refusal);
  };
}

function answer(reply: FastifyReplyLike, { status, headers, body }: RequestRefused): void {
  reply
    .code(status)
    .headers({ ...headers })
    .send(body);
}
