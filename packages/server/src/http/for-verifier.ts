import { hashCredential, parseVerifierCredential } from "@counterfoil/core";
import type { Verifier } from "@counterfoil/core";
import type { Services } from "../services.ts";
import type { Call } from "./call.ts";
import { refuse } from "./refusal.ts";
import type { Route } from "./route.ts";

/**
 * A route's handler for the services that are registered as verifiers. It is looked up in the ledger each time, so one
 * that was removed is refused at once, on every server.
 */
export function forVerifier(
  handle: (services: Services, call: Call, verifier: Verifier) => Promise<Response>,
): Route["handle"] {
  return async (services, call) => {
    const { request } = call;
    const authorization = request.headers.get("authorization");
    if (authorization === null) {
      return refuse(services, call, {
        code: "invalid_client",
        reason: "no_credential",
        sentence:
          "Send a verifier's credential as `Authorization: Bearer cfv_...`: `counterfoil verifiers add` makes one.",
        headers: { "WWW-Authenticate": "Bearer" },
      });
    }
    const verifier = await findVerifier(services, authorization);
    if (verifier !== null) {
      services.verifierContacts.asked(verifier.id);
      return handle(services, call, verifier);
    }
    const basic = /^basic\b/i.test(authorization);
    return refuse(services, call, {
      code: "invalid_client",
      reason: "unknown_verifier",
      sentence:
        "That is no verifier's credential, or no more: `counterfoil verifiers list` shows those that there are.",
      headers: { "WWW-Authenticate": basic ? 'Basic realm="counterfoil"' : 'Bearer error="invalid_token"' },
    });
  };
}

/** Whose `Authorization` that is. A credential of another form costs no look-up. */
async function findVerifier({ crypto, ledger }: Services, authorization: string): Promise<Verifier | null> {
  const sent = readBearer(authorization) ?? readBasic(authorization);
  const credential = sent && parseVerifierCredential(crypto, sent.credential);
  if (sent === null || credential === null) return null;
  const verifier = await ledger.findVerifier(hashCredential(crypto, credential));
  const claimed = sent.name === null || sent.name === verifier?.name || sent.name === verifier?.id;
  return claimed ? verifier : null;
}

/** Base64 of at most 480 bytes, padded or not: `atob` throws at nothing that it lets pass. */
const BASIC = /^basic +((?:[A-Za-z0-9+/]{4}){0,160}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?)$/i;

interface Sent {
  readonly credential: string;
  /** Who it says that it is; `null` where the scheme has no place for it. */
  readonly name: string | null;
}

function readBearer(authorization: string): Sent | null {
  const credential = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  return credential === undefined ? null : { credential, name: null };
}

/**
 * The verifier's name or id, and its credential as the password: what the introspection clients of the great frameworks
 * send. Some encode both as in a form (RFC 6749 §2.3.1), and some do not; neither holds a percent sign or a plus.
 */
function readBasic(authorization: string): Sent | null {
  const encoded = BASIC.exec(authorization)?.[1];
  const sent = encoded === undefined ? null : /^([^:]*):([^:]*)$/.exec(atob(encoded));
  if (sent === null) return null;
  try {
    return { name: decodeURIComponent(sent[1]!), credential: decodeURIComponent(sent[2]!) };
  } catch {
    return null;
  }
}
