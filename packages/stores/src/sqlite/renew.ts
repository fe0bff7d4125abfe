import type { DatabaseSync } from "node:sqlite";
import type { Random } from "@counterfoil/core";
import { appendEvents } from "../sql/events.ts";
import { listSigningKeys, revoke } from "../sql/keys.ts";
import { migrate, newTimeline } from "./migrate.ts";
import { immediately, transactionOn } from "./transaction.ts";

export interface Renew {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  readonly keepSessions: boolean;
}

export interface Renewed {
  readonly sessionsEnded: number;
  readonly keysRevoked: number;
  /** One of them is what the operator gave for HS256: the server starts with another only. */
  readonly hs256Revoked: boolean;
}

/** The same as a session's clocks say it elsewhere: one that had run out before keeps its own reason. */
const REASON = `CASE WHEN :now >= expires_at THEN 'lifetime'
  WHEN :now >= last_active_at + inactivity_seconds * 1000 THEN 'inactive' ELSE 'restored' END`;

/**
 * Makes of a backup's copy a ledger that can be used: the schema of today, and a history of its own, so that whoever has
 * read further on the old one notices.
 *
 * What was revoked since the backup was made is good again in it, and nobody can tell what that was. So all that it
 * would accept ends here, unless the caller knows that nothing was lost: sessions, one-time codes, and the signing keys,
 * with every access token that they signed. Nothing alive is then sealed with any secret, and none is missed.
 */
export async function renew(database: DatabaseSync, { now, random, keepSessions }: Renew): Promise<Renewed> {
  return immediately(database, async () => {
    const { from } = migrate(database, newTimeline(random), now);
    database.prepare("UPDATE ledger SET timeline = ?").run(newTimeline(random));
    const tx = transactionOn(database, () => now);
    const sessionsEnded = keepSessions ? 0 : endSessions(database, now);
    let keysRevoked = 0;
    let hs256Revoked = false;
    if (!keepSessions) {
      database.exec("DELETE FROM password_codes; UPDATE secrets SET sealed_at = 0 WHERE sealed_at IS NOT NULL");
      for (const { kid, algorithm } of await listSigningKeys(tx)) {
        await revoke(tx, { now, context: undefined }, kid);
        keysRevoked++;
        if (algorithm === "HS256") hs256Revoked = true;
      }
    }
    const body = { type: "ledger_restored", schemaVersion: from, sessionsEnded, keysRevoked } as const;
    await appendEvents(tx, now, [{ body, subject: null, sid: null, context: null }]);
    return { sessionsEnded, keysRevoked, hs256Revoked };
  });
}

function endSessions(database: DatabaseSync, now: number): number {
  database
    .prepare(
      `INSERT INTO events (at, type, details, subject, sid)
       SELECT :now, 'session_ended', json_object('reason', ${REASON}), subject, sid
       FROM sessions WHERE ended_at IS NULL`,
    )
    .run({ now });
  database.prepare(`UPDATE sessions SET ended_at = :now, end_reason = ${REASON} WHERE ended_at IS NULL`).run({ now });
  const ended = "SELECT count(*) AS n FROM sessions WHERE ended_at = ? AND end_reason = 'restored'";
  return Number(database.prepare(ended).get(now)?.["n"]);
}
