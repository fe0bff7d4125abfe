import type { RequestAuth } from "./request/auth.ts";
import type { RequestHead } from "./request/head.ts";
import { roleCheck } from "./request/role.ts";
import type { RequestVerified, RequestVerifier } from "./request/verify-request.ts";

export interface WithAuthOptions {
  /** The role that is required, or several of which one is enough. */
  readonly role?: string | readonly string[];
}

/** A verifier, or what gives it: a build evaluates the module, and may have no credential to make one with. */
export type VerifierSource = RequestVerifier | (() => RequestVerifier);

/** What Next hands to a route handler beside the request. */
export interface RouteContext {
  readonly params: Promise<unknown>;
}

/**
 * A route handler of the App Router behind a check: `export const GET = withAuth(verifier, (request, { auth }) => …)`.
 *
 * @throws TypeError for a role that is none
 */
export function withAuth<Req extends RequestHead & { readonly url: string } = Request, Context = RouteContext>(
  verifier: VerifierSource,
  handler: (request: Req, context: Context & { readonly auth: RequestAuth }) => Response | Promise<Response>,
  { role }: WithAuthOptions = {},
): (request: Req, context: Context) => Promise<Response> {
  const check = role === undefined ? () => null : roleCheck(typeof role === "string" ? [role] : role);
  return async (request, context) => {
    const seen = await verifierOf(verifier).verifyRequest(request);
    const refusal = seen.ok ? check(seen.auth) : seen;
    if (refusal !== null) {
      return Response.json(refusal.body, { status: refusal.status, headers: { ...refusal.headers } });
    }
    return handler(request, { ...context, auth: (seen as { readonly auth: RequestAuth }).auth });
  };
}

/**
 * Who a page or a server action is rendered for: `authenticate(verifier, await headers())`. A page reads, so a session
 * cookie is enough for it; a server action changes something and says `"POST"`, so that the cookie is held to come
 * from a page of this site.
 */
export async function authenticate(
  verifier: VerifierSource,
  headers: RequestHead["headers"],
  method: "GET" | "POST" = "GET",
): Promise<RequestVerified> {
  return verifierOf(verifier).verifyRequest({ method, url: "/", headers });
}

function verifierOf(source: VerifierSource): RequestVerifier {
  return typeof source === "function" ? source() : source;
}
