import type { ErrorCode } from "@counterfoil/protocol";
import type { z } from "zod";
import type { Services } from "../services.ts";
import type { Call } from "./call.ts";

/** One route: the table of them is the whole of what the server answers. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the issuer's path, in Hono's notation. */
  readonly path: string;
  /** What `/openapi.json` and the reference say of it. */
  readonly about?: RouteDescription;
  handle(services: Services, call: Call): Promise<Response> | Response;
}

export interface RouteDescription {
  /** The name of the operation in generated clients: camelCase, and no other route's. */
  readonly operation: string;
  /** One sentence. */
  readonly summary: string;
  /** Who may ask (ASVS V8.1.1). */
  readonly access: RouteAccess;
  readonly body?: z.ZodObject;
  /** JSON where it is left out; a form is `application/x-www-form-urlencoded`, as OAuth has it (RFC 6749 Appendix B). */
  readonly bodyType?: "json" | "form" | "either";
  readonly query?: z.ZodObject;
  /** By status, the body of each answer that is no error; `null` for none. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** Those that any route may answer are left out: see `openapi.ts`. */
  readonly errors: readonly ErrorCode[];
}

/**
 * `anyone`; whoever has a credential of the `session` in any of its three forms; a `user`, by cookie or access token; an
 * `admin`, which is a user of that role who has proved presence recently; a `verifier`, by its credential.
 */
export type RouteAccess = "anyone" | "session" | "user" | "admin" | "verifier";
