import type { EventContext } from "@counterfoil/core";
import type { Services } from "../services.ts";
import { addressBucket } from "./remote-address.ts";

/**
 * A session or refresh token came that was never sealed here. Many of them are somebody's guesses: one event and one
 * line in the log a minute (ASVS V16.3.3).
 *
 * @param context `null` where the request is an application's own: nobody tells us its address
 * @returns for how many seconds its sender is to be sent away; `null` while it may be a mistake
 */
export function noteForgery({ forgeries, recorder, notice }: Services, context: EventContext | null): number | null {
  const { suspected: count, retryAfterSeconds } = forgeries.note(addressBucket(context?.remoteAddress ?? null));
  if (count !== null) {
    recorder.record({ body: { type: "guessing_suspected", count }, subject: null, sid: null, context });
    notice({ type: "guessing_suspected", count, context });
  }
  return retryAfterSeconds;
}
