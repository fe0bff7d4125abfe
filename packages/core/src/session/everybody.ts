import type { EventContext } from "../events.ts";
import type { KeyLedger } from "../ledger/keys.ts";
import type { SessionLedger } from "../ledger/sessions.ts";

/** Some ten milliseconds of the ledger's time: everybody else's transitions come between two batches. */
const BATCH = 1_000;

export interface EverybodySignedOut {
  readonly ended: number;
  readonly keysRevoked: number;
}

/**
 * Signs everybody out: ends every session, and then revokes every signing key, which tells the feed once what would else
 * be one entry a session. In this order, since a server that hears of the key asks the ledger about each session again,
 * and must find it over. A key of HS256 is the operator's own, which no server could replace: there the feed is told
 * session by session.
 *
 * Whoever signs in meanwhile may have to do it again. Safe to repeat after a failure.
 *
 * @throws StoreError if the ledger is out of reach: some sessions may have ended
 */
export async function signEverybodyOut(
  ledger: Pick<SessionLedger & KeyLedger, "endEverySession" | "listSigningKeys" | "endSigningKey">,
  context: EventContext,
): Promise<EverybodySignedOut> {
  const stored = await ledger.listSigningKeys();
  const tellEach = stored.some(({ algorithm }) => algorithm === "HS256");
  let ended = 0;
  for (let more = true; more;) {
    const batch = await ledger.endEverySession({ limit: BATCH, endedBefore: ended, tellEach, context });
    ended += batch.ended;
    ({ more } = batch);
  }
  let keysRevoked = 0;
  // Again: a server may have made one meanwhile, and signed with it for sessions that have ended since.
  for (const { kid, algorithm } of await ledger.listSigningKeys()) {
    if (algorithm === "HS256") continue;
    const { outcome } = await ledger.endSigningKey({ kid, to: "revoked", context });
    if (outcome === "ended") keysRevoked++;
  }
  return { ended, keysRevoked };
}
