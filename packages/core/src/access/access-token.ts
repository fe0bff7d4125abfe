import { ACCESS_TOKEN_TYPE, encodeBase64Url, RESERVED_CLAIMS } from "@counterfoil/protocol";
import type { AccessTokenClaims } from "@counterfoil/protocol";
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
  /** The server's audiences; the session's own decides where it has one. */
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
 * @throws TypeError if the application adds a reserved claim, or more than 1 KiB
 */
export function mintAccessToken(input: MintAccessToken): AccessToken {
  const { session, key } = input;
  const iat = Math.floor(input.now / 1000);
  const exp = Math.min(iat + input.ttlSeconds, Math.floor(session.expiresAt / 1000));
  const claims: AccessTokenClaims = {
    iss: input.issuer,
    sub: session.subject,
    aud: session.audience ?? (input.audience.length === 1 ? input.audience[0]! : input.audience),
    exp,
    iat,
    jti: encodeBase64Url(input.random.bytes(16)),
    sid: session.sid,
    client_id: session.clientId,
    auth_time: Math.floor(session.authTime / 1000),
    amr: session.amr,
    roles: session.roles,
    claims_version: session.claimsVersion,
    ...checkAdded(input.added?.(session)),
  };
  const signed = `${encodeJson({ alg: key.algorithm, typ: ACCESS_TOKEN_TYPE, kid: key.kid })}.${encodeJson(claims)}`;
  const signature = key.sign(encoder.encode(signed));
  return { token: `${signed}.${encodeBase64Url(signature)}`, expiresInSeconds: exp - iat };
}

function encodeJson(value: unknown): string {
  return encodeBase64Url(encoder.encode(JSON.stringify(value)));
}

function checkAdded(added: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  if (added === undefined) return {};
  for (const name of Object.keys(added)) {
    if (RESERVED_CLAIMS.has(name)) throw new TypeError(`claims() may not set "${name}": that claim is reserved`);
  }
  if (encoder.encode(JSON.stringify(added)).length > MAX_ADDED_BYTES) {
    throw new TypeError("claims() may add at most 1 KiB: every request carries it");
  }
  return added;
}
