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
  readonly about: RouteDescription;
  handle(services: Services, call: Call): Promise<Response> | Response;
}

export interface RouteDescription {
  /** The name of the operation in generated clients: camelCase, and no other route's. */
  readonly operation: string;
  /** One sentence. */
  readonly summary: string;
  /** Who may ask (ASVS V8.1.1). */
  readonly access: RouteAccess;
  /** The credentials that it takes, where they are others than those of its {@link RouteAccess}. */
  readonly credentials?: readonly RouteCredential[];
  readonly body?: z.ZodObject;
  /** JSON where it is left out; a form is `application/x-www-form-urlencoded`, as OAuth has it (RFC 6749 Appendix B). */
  readonly bodyType?: "json" | "form";
  readonly query?: z.ZodObject;
  /** The request's headers that mean something here alone, by name. */
  readonly headers?: z.ZodObject;
  /** Answers as a stream of server-sent events: to whoever asks for that in `Accept`, or to everybody. */
  readonly stream?: "on_request" | "always";
  /** What an answer that is no error may do to the session cookie. */
  readonly cookie?: "sets" | "clears";
  /** By status, the body of each answer that is no error; `null` for none. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** Those that follow from the rest may be left out: `errorsOf` in `described.ts` adds them. */
  readonly errors: readonly ErrorCode[];
}

/**
 * `anyone`; whoever has a credential of the `session` in any of its three forms; a `user`, by cookie or access token; an
 * `admin`, which is a user of that role who has proved presence recently; a `verifier`, by its credential.
 */
export type RouteAccess = "anyone" | "session" | "user" | "admin" | "verifier";

/** How a request says who it is from; `none` where it need not. Under `/oauth/` a token is a member of the body. */
export type RouteCredential =
  | "none"
  | "token_in_body"
  | "cookie"
  | "access_token"
  | "refresh_token"
  | "verifier_credential";
