import type { EventContext } from "../events.ts";
import type { KeyLedger, StoredSigningKey } from "../ledger/keys.ts";
import type { SessionLedger } from "../ledger/sessions.ts";

/** Some ten milliseconds of the ledger's time: everybody else's transitions come between two batches. */
const BATCH = 1_000;

export interface EverybodySignedOut {
  readonly ended: number;
  readonly keysRevoked: number;
}

/**
 * Signs everybody out: revokes every signing key, ends every session, and revokes every key once more, which tells the
 * feed twice what would else be one entry a session. Before, so that no token is good any more whose session a run that
 * is cut short has ended; behind, since a server that hears of a key asks the ledger about each session again, and must
 * find it over. A key of HS256 is the operator's own, which no server could replace: there the feed is told session by
 * session.
 *
 * Whoever signs in meanwhile may have to do it again. Safe to repeat after a failure.
 *
 * @throws StoreError if the ledger is out of reach: some sessions may have ended
 */
export async function signEverybodyOut(
  ledger: Pick<SessionLedger & KeyLedger, "endEverySession" | "listSigningKeys" | "endSigningKey">,
  context: EventContext,
): Promise<EverybodySignedOut> {
  const before = await ledger.listSigningKeys();
  const tellEach = before.some(({ algorithm }) => algorithm === "HS256");
  let keysRevoked = await revokeKeys(ledger, before, context);
  let ended = 0;
  for (let more = true; more;) {
    const batch = await ledger.endEverySession({ limit: BATCH, endedBefore: ended, tellEach, context });
    ended += batch.ended;
    ({ more } = batch);
  }
  // Those of before too: where no server has made one since, they are all that the feed can be told of.
  keysRevoked += await revokeKeys(ledger, [...before, ...(await ledger.listSigningKeys())], context);
  return { ended, keysRevoked };
}

/** Answers how many of them were not revoked yet; the feed is told of all. */
async function revokeKeys(
  ledger: Pick<KeyLedger, "endSigningKey">,
  keys: readonly Pick<StoredSigningKey, "kid" | "algorithm">[],
  context: EventContext,
): Promise<number> {
  let revoked = 0;
  for (const { kid, algorithm } of keys) {
    if (algorithm === "HS256") continue;
    const { outcome } = await ledger.endSigningKey({ kid, to: "revoked", context });
    if (outcome === "ended") revoked++;
  }
  return revoked;
}
