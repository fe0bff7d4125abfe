import { NOT_AUTHENTICATED } from "./refusal.ts";
import type { RequestAuth } from "./auth.ts";
import type { RequestRefused } from "./refusal.ts";
import type { RequestVerified } from "./verify-request.ts";

export interface AdmissionOptions {
  /**
   * Lets requests without any credential through, and their `auth` is not there. A credential that came and is no good
   * is refused all the same: who sends one wants to know.
   */
  readonly optional?: boolean;
}

/** Why a request does not get in, `null` if it does. */
export function refusalOf(seen: RequestVerified, { optional = false }: AdmissionOptions): RequestRefused | null {
  if (seen.ok || (optional && seen.code === "not_authenticated")) return null;
  return seen;
}

export function authOf(seen: RequestVerified): RequestAuth | undefined {
  return seen.ok ? seen.auth : undefined;
}

/** For a route that asks for a role where nothing before it has asked who calls. */
export function refusalForRole(
  auth: RequestAuth | null | undefined,
  check: (auth: RequestAuth) => RequestRefused | null,
): RequestRefused | null {
  return auth === undefined || auth === null ? NOT_AUTHENTICATED : check(auth);
}
