import { ACCESS_TOKEN_TYPE, encodeBase64Url, RESERVED_CLAIMS } from "@counterfoil/protocol";
import type { AccessTokenClaims } from "@counterfoil/protocol";
import { CounterfoilError } from "../errors.ts";
import type { SigningKey } from "../keys/signing-keys.ts";
import type { Random } from "../random.ts";
import type { Session } from "../session/session.ts";

/** What the application adds to its access tokens, from the session that they are of. */
export type AddedClaims = (session: Session) => Readonly<Record<string, unknown>> | undefined;

export interface MintAccessToken {
  readonly session: Session;
  /** The ledger's time in the transaction that allowed this token: no later one may date it (milliseconds). */
  readonly now: number;
  readonly issuer: string;
  /** Whom it is for: {@link audienceOf} the session, or one of those. */
  readonly audience: readonly string[];
  readonly ttlSeconds: number;
  readonly key: SigningKey;
  readonly random: Random;
  readonly added: AddedClaims | undefined;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

const MAX_ADDED_BYTES = 1024;
const encoder = new TextEncoder();

/**
 * An access token (RFC 9068). It never outlives its session (ASVS V7.3.2).
 *
 * @throws CounterfoilError `unavailable` if the application's hook throws
 * @throws TypeError if what the hook gives is no object of claims, has a reserved one, or is more than 1 KiB
 */
export function mintAccessToken(input: MintAccessToken): AccessToken {
  const { session, key } = input;
  const iat = Math.floor(input.now / 1000);
  const exp = Math.min(iat + input.ttlSeconds, Math.floor(session.expiresAt / 1000));
  const claims: AccessTokenClaims = {
    iss: input.issuer,
    sub: session.subject,
    aud: input.audience.length === 1 ? input.audience[0]! : input.audience,
    exp,
    iat,
    jti: encodeBase64Url(input.random.bytes(16)),
    sid: session.sid,
    client_id: session.clientId,
    auth_time: Math.floor(session.authTime / 1000),
    amr: session.amr,
    roles: session.roles,
    claims_version: session.claimsVersion,
    ...addedClaims(input.added, session),
  };
  const signed = `${encodeJson({ alg: key.algorithm, typ: ACCESS_TOKEN_TYPE, kid: key.kid })}.${encodeJson(claims)}`;
  const signature = key.sign(encoder.encode(signed));
  return { token: `${signed}.${encodeBase64Url(signature)}`, expiresInSeconds: exp - iat };
}

/** Whom a session's access tokens may be for: its own audience, or all of the server's. */
export function audienceOf({ audience }: Pick<Session, "audience">, server: readonly string[]): readonly string[] {
  return audience === null ? server : [audience];
}

function encodeJson(value: unknown): string {
  return encodeBase64Url(encoder.encode(JSON.stringify(value)));
}

/**
 * What the application adds to this session's tokens. Asked before a transition that a failure could not take back,
 * and again at the mint: were a refresh token spent, and then the answer lost to the application's hook, the client's
 * next attempt would be a reuse.
 *
 * @throws CounterfoilError `unavailable` if the hook throws: what it needs is out of reach, and nobody's credential wrong
 * @throws TypeError if what it gives cannot be claims: a bug of the application's
 */
export function addedClaims(added: AddedClaims | undefined, session: Session): Readonly<Record<string, unknown>> {
  if (added === undefined) return {};
  let claims: unknown;
  try {
    claims = added(session);
  } catch (cause) {
    throw new CounterfoilError("unavailable", "The application could not add its claims.", { cause });
  }
  return claims === undefined ? {} : checkAdded(claims);
}

function checkAdded(added: unknown): Readonly<Record<string, unknown>> {
  if (typeof added !== "object" || added === null || Array.isArray(added)) {
    throw new TypeError("claims() must give an object, or undefined");
  }
  if ("then" in added && typeof added.then === "function") {
    // Nobody waits for it, so its rejection would end the process.
    Promise.resolve(added).catch(() => undefined);
    throw new TypeError("claims() must give its claims at once: it may not be async");
  }
  // It would speak for the whole token, the reserved claims with it.
  if ("toJSON" in added) throw new TypeError("claims() must give a plain object: this one has toJSON");
  for (const name of Object.keys(added)) {
    if (RESERVED_CLAIMS.has(name)) throw new TypeError(`claims() may not set "${name}": that claim is reserved`);
  }
  if (encoder.encode(JSON.stringify(added)).length > MAX_ADDED_BYTES) {
    throw new TypeError("claims() may add at most 1 KiB: every request carries it");
  }
  return added as Readonly<Record<string, unknown>>;
}
