import { hashLocator, ranOut, unsealHandle } from "@counterfoil/core";
import type { Handle } from "@counterfoil/core";
import { readCredential } from "@counterfoil/protocol";
import type { Services } from "../services.ts";
import type { Authenticated, Authentication } from "./authenticated.ts";
import { authenticateRequest, byCookie } from "./authenticated.ts";

/** Who is to prove presence again. */
export interface Prover {
  readonly outcome: "authenticated";
  readonly who: Authenticated;
  /** What came is the session token before the last proof, whose answer may have been lost: it counts beside a password alone. */
  readonly isRepeat: boolean;
}

/** For how long the answer to a proof may have been lost: as long as somebody goes on pressing the button. */
const REPEAT_MS = 5 * 60_000;

/**
 * Whoever is signed in, and whoever was until the last proof of presence: were its answer lost on the way, the browser
 * has the session token from before, which nothing else accepts (ASVS V7.2.4), and the user would be signed out by an
 * accident. What follows must tell a repeat nothing but by a right password.
 *
 * @throws StoreError (as a rejection) where the ledger is out of reach
 */
export async function authenticateProver(
  services: Services,
  request: Request,
): Promise<Prover | Extract<Authentication, { readonly outcome: "refused" }>> {
  const authentication = await authenticateRequest(services, request);
  if (authentication.outcome === "authenticated") return { ...authentication, isRepeat: false };
  const handle = authentication.reason === "superseded" ? presentedHandle(services, request) : null;
  if (handle === null) return authentication;
  const record = await services.ledger.findSession(hashLocator(services.crypto, handle.locator));
  if (record === null || record.endedAt !== null) return authentication;
  const { session } = record;
  const now = services.follower.ledgerNow();
  const isRepeat =
    handle.counter === session.counter - 1 && now - session.authTime <= REPEAT_MS && ranOut(session, now) === null;
  return isRepeat ? { ...byCookie(session), isRepeat } : authentication;
}

/** The session token of the request, unsealed; `null` where another credential came. */
export function presentedHandle({ crypto, keyring, cookieName }: Services, request: Request): Handle | null {
  const credential = readCredential(request, cookieName);
  return credential.kind === "cookie" ? unsealHandle(crypto, keyring, "session", credential.token) : null;
}
