import { StoreError } from "../errors.ts";
import type { Session } from "../session/session.ts";

/** What the revocation feed has said in this process. */
export interface RevocationLookup {
  isSessionRevoked(sid: string): boolean;
  /** The lowest `claims_version` of that subject that is still good; 0 if nothing was said. */
  minimumClaimsVersion(subject: string): number;
}

/**
 * What this process knows of a session that the ledger has just called live. They differ where something was decided
 * since the ledger was asked, and where the ledger has lost a commit that it had told of: a standby was promoted that
 * lacks it. Nothing is minted, and nobody let in, by what is known to be over.
 *
 * - `revoked`: the session is, for good.
 * - `behind`: something was decided about its user that the answer does not have. Ask again after a read of the log,
 *   which brings back to the ledger what it lacks.
 */
export function heldAgainst(
  revocations: RevocationLookup,
  { sid, subject, claimsVersion }: Pick<Session, "sid" | "subject" | "claimsVersion">,
): "live" | "revoked" | "behind" {
  if (revocations.isSessionRevoked(sid)) return "revoked";
  return revocations.minimumClaimsVersion(subject) > claimsVersion ? "behind" : "live";
}

/** Of a ledger that stays `behind`: a fault of ours, and nobody's sign-out. */
export function ledgerBehind(): StoreError {
  return new StoreError("The ledger lacks what it had told before, and is being given it back. Try again shortly.");
}
