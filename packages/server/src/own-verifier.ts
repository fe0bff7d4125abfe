import { CounterfoilError } from "@counterfoil/core";
import { checkOrigin, ERRORS } from "@counterfoil/protocol";
import type { ErrorCode } from "@counterfoil/protocol";
import type { RequestHead, RequestRefused, RequestVerified, Verified } from "@counterfoil/verifier";
import type { Connection, Guarded, GuardedAuth, GuardOptions } from "@counterfoil/verifier/node";
import { authenticateRequest } from "./http/authenticated.ts";
import { noteForgery } from "./http/forgery.ts";
import { checkToken } from "./http/check-token.ts";
import { checkStepUp, stepUp } from "./http/step-up.ts";
import type { StepUp } from "./http/step-up.ts";
import type { Services } from "./services.ts";

export interface OwnVerifier {
  /** Checks an access token as every service does, with this process's own copy of the revocation log. */
  verify(token: string): Promise<Verified | RequestRefused>;
  /**
   * Checks a request by its cookie or its access token, with the CSRF guard where the method changes something: all
   * that an application's own route needs. The body is not looked at. A request of Node's or Express's becomes one by
   * `toRequest` of `counterfoil/node`.
   *
   * @param required for what is highly sensitive: a recent proof of presence, or one of a certain kind. Where it is not
   *   there, the refusal is 401 `reauthentication_required` with a challenge that says what would be enough (RFC 9470);
   *   `/reauthenticate` leads there.
   * @throws TypeError (as a rejection) if `required` cannot be asked for
   */
  verifyRequest(request: RequestHead, required?: StepUp): Promise<RequestVerified>;
  /**
   * Ends a WebSocket, or an answer that stays open, with the session that it belongs to: when that is revoked, when its
   * user's claims change, when the credential expires and was not renewed, and when this process stops.
   *
   * @param auth of a request that was let in here
   * @throws TypeError if `connection` is none that tells when it has closed
   * @throws CounterfoilError `unavailable` if this does not run, so that nothing can have been let in
   */
  guard(auth: GuardedAuth, connection: Connection, options?: GuardOptions): Guarded;
}

/** @param now what runs at this moment; `null` before the first request, and after the end */
export function createOwnVerifier(running: () => Promise<Services>, now: () => Services | null): OwnVerifier {
  return {
    verify: (token) =>
      orUnavailable(async () => {
        return checkToken(await running(), token);
      }),
    verifyRequest: (request, required = {}) =>
      orUnavailable(async () => {
        checkStepUp(required);
        return verifyRequest(await running(), request, required);
      }),
    guard(auth, connection, options) {
      const services = now();
      if (services === null) throw new CounterfoilError("unavailable", "This Counterfoil does not run.");
      return services.connections.guard(auth, connection, options);
    },
  };
}

async function verifyRequest(services: Services, request: RequestHead, required: StepUp): Promise<RequestVerified> {
  const { cookieName, settings } = services;
  const { method, headers } = request;
  const { origin: ownOrigin, allowedOrigins } = settings;
  const from = checkOrigin({ method, headers, ownOrigin, allowedOrigins, cookieName });
  if (!from.ok) return refused("csrf_refused", from.sentence);
  const authentication = await authenticateRequest(services, request);
  if (authentication.outcome === "refused") {
    if (authentication.reason === "forged_or_mistyped") noteForgery(services, null);
    return refused(authentication.code, authentication.sentence, authentication.headers);
  }
  const { who } = authentication;
  const notEnough = stepUp(services, who, required);
  if (notEnough !== null) return refused(notEnough.code, undefined, notEnough.headers);
  const { subject: sub, sid, roles, authTime, amr, claimsVersion, expiresAt, via, claims } = who;
  return { ok: true, auth: Object.freeze({ sub, sid, roles, authTime, amr, claimsVersion, expiresAt, via, claims }) };
}

/** The ledger out of reach, or this closed, is 503, whatever the credential. */
async function orUnavailable<T>(check: () => Promise<T>): Promise<T | RequestRefused> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof CounterfoilError && error.code === "unavailable")
      return refused("unavailable", undefined, { "Retry-After": "1" });
    throw error;
  }
}

function refused(code: ErrorCode, sentence?: string, headers: Readonly<Record<string, string>> = {}): RequestRefused {
  const { status, sentence: usual } = ERRORS[code];
  return { ok: false, code, status, headers, body: { error: sentence ?? usual, code } };
}
