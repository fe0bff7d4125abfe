import { HANDLE_PREFIX, hashLocator, openHandle, ranOut } from "@counterfoil/core";
import type { Session } from "@counterfoil/core";
import { readCredential } from "@counterfoil/protocol";
import type { Credential } from "@counterfoil/protocol";
import type { Services } from "../services.ts";
import type { Authentication } from "./authenticated.ts";
import { authenticateToken } from "./authenticated.ts";
import { withBodyToken } from "./body-token.ts";

/** A credential of any of the three kinds, told apart by its form. */
export type CarriedCredential =
  | { readonly kind: "session" | "refresh" | "access"; readonly token: string }
  | { readonly kind: "none" }
  | Extract<Credential, { readonly kind: "ambiguous" | "malformed" }>;

export function readCarriedCredential(
  services: Services,
  request: Request,
  bodyToken: string | undefined,
): CarriedCredential {
  const credential = withBodyToken(readCredential(request, services.cookieName), bodyToken);
  switch (credential.kind) {
    case "cookie":
      return { kind: "session", token: credential.token };
    case "bearer":
      return {
        kind: credential.token.startsWith(HANDLE_PREFIX.refresh) ? "refresh" : "access",
        token: credential.token,
      };
    case "malformed":
      // A cookie that nobody can read is none: a logout clears it away, and whoever sent it is signed out.
      return credential.code === "invalid_session" ? { kind: "none" } : credential;
    case "none":
    case "ambiguous":
      return credential;
  }
}

export type OwnSession =
  /** `current`: live, and the credential is of its newest generation or the one before. */
  | { readonly outcome: "found"; readonly session: Session; readonly current: boolean }
  /** `forged`: never sealed here. */
  | { readonly outcome: "none"; readonly forged: boolean }
  | Extract<Authentication, { readonly outcome: "refused" }>;

/**
 * The session that a credential is of, from the ledger, whether or not it would still open anything.
 *
 * @throws StoreError if the ledger is out of reach
 */
export async function findOwnSession(
  services: Services,
  credential: Exclude<CarriedCredential, { readonly kind: "ambiguous" | "malformed" }>,
): Promise<OwnSession> {
  switch (credential.kind) {
    case "none":
      return { outcome: "none", forged: false };
    case "access": {
      const checked = await authenticateToken(services, credential.token);
      if (checked.outcome === "refused") return checked;
      return found(services, await services.ledger.readSession(checked.who.sid), () => true);
    }
    case "session":
    case "refresh": {
      const { kind, token } = credential;
      const handle = await openHandle(services, kind, token);
      if (handle === null) return { outcome: "none", forged: true };
      const record = await services.ledger.findSession(hashLocator(services.crypto, handle.locator));
      return found(services, record, ({ counter }) => handle.counter >= counter - (kind === "refresh" ? 1 : 0));
    }
  }
}

function found(
  services: Services,
  record: { readonly session: Session; readonly endedAt: number | null } | null,
  isRecent: (session: Session) => boolean,
): OwnSession {
  if (record === null) return { outcome: "none", forged: false };
  const { session, endedAt } = record;
  const live = endedAt === null && ranOut(session, services.follower.ledgerNow()) === null;
  return { outcome: "found", session, current: live && isRecent(session) };
}
