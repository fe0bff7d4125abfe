import { PATHS } from "@counterfoil/protocol";
import { readBody } from "../fetch/fetch.ts";
import type { Fetch } from "../fetch/fetch.ts";
import type { RequestAuth } from "../request/auth.ts";

/** What the server says of a session token; `null` if it is no good. */
export type Introspected = RequestAuth | null;

/** The server is out of reach, or answered what is no answer: never a refusal of the user. */
export class IntrospectionError extends Error {
  override readonly name = "IntrospectionError";
}

export interface IntrospectionOptions {
  readonly issuer: string;
  /** The verifier's. */
  readonly credential: { authorization(): string };
  readonly fetch: Fetch;
}

const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * Asks the server about a session token that came with a request of the user's (RFC 7662 §2). The answer is from its
 * ledger, at this moment, and the question counts as the session's activity.
 *
 * @param limitMs how long the server is waited for
 * @throws IntrospectionError (as a rejection)
 */
export async function introspectCookie(
  options: IntrospectionOptions,
  cookie: string,
  limitMs: number,
): Promise<Introspected> {
  const { issuer, credential, fetch } = options;
  const signal = AbortSignal.timeout(limitMs);
  let status: number;
  let text: string;
  try {
    const response = await fetch(issuer + PATHS.introspect, {
      method: "POST",
      headers: { Authorization: credential.authorization(), Accept: "application/json" },
      body: new URLSearchParams({ token: cookie, activity: "true" }),
      // The credential and the user's cookie are for this address alone. Refused below: Cloudflare throws at `error`.
      redirect: "manual",
      signal,
    });
    status = response.status;
    text = new TextDecoder().decode(await readBody(response, MAX_ANSWER_BYTES, signal));
  } catch (error) {
    throw new IntrospectionError("The server cannot be asked about a session.", { cause: error });
  }
  if (status !== 200) {
    throw new IntrospectionError(
      status === 401
        ? "The server does not know this verifier's credential: `counterfoil verifiers list` shows those that there are."
        : `The server answered ${status} when it was asked about a session.`,
    );
  }
  return readAnswer(text, issuer);
}

function readAnswer(text: string, issuer: string): Introspected {
  const answer = parse(text);
  if (answer["active"] === false) return null;
  if (answer["active"] !== true) throw new IntrospectionError("The server's answer about a session is malformed.");
  // A refresh token is good for the server alone, also where somebody puts it into the cookie.
  if (answer["token_type"] !== "session_token") return null;
  const { iss, sub, sid, roles, amr, auth_time: authTime, exp, claims_version: claimsVersion } = answer;
  if (
    iss !== issuer ||
    typeof sub !== "string" ||
    typeof sid !== "string" ||
    !isTexts(roles) ||
    !isTexts(amr) ||
    !isCount(authTime) ||
    !isCount(exp) ||
    !isCount(claimsVersion)
  ) {
    throw new IntrospectionError("The server's answer about a session is malformed, or another issuer's.");
  }
  return Object.freeze({
    sub,
    sid,
    roles: Object.freeze([...roles]),
    authTime: authTime * 1000,
    amr: Object.freeze([...amr]),
    claimsVersion,
    expiresAt: exp * 1000,
    via: "cookie" as const,
    claims: null,
  });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw new IntrospectionError("The server's answer about a session is no JSON object.");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
