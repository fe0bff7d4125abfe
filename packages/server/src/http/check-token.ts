import type { Verified } from "@counterfoil/verifier";
import type { Services } from "../services.ts";

/** At once where memory can answer, which is nearly always: a promise costs a warm check as much as the check. */
export type Soon<T> = T | Promise<T>;

/**
 * Checks an access token as every service does, with this process's copy of the revocation log. A key that is not
 * known may have been made by another process since.
 *
 * @throws StoreError (as a rejection) if the log has not been read for a second, and cannot be
 */
export function checkToken(services: Services, token: string): Soon<Verified> {
  const { follower } = services;
  return follower.fresh ? verify(services, token) : follower.catchUp().then(() => verify(services, token));
}

function verify({ kernel, keys }: Services, token: string): Soon<Verified> {
  const verified = kernel.verify(token);
  if (verified.ok || verified.reason !== "unknown_key") return verified;
  return keys.reloadForUnknown().then((reloaded) => (reloaded ? kernel.verify(token) : verified));
}
