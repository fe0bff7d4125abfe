import type { DatabaseSync } from "node:sqlite";
import type { Random } from "@counterfoil/core";
import { sql } from "kysely";
import type { Transaction } from "../sql/engine.ts";
import { appendEvents } from "../sql/events.ts";
import { listSigningKeys, revoke } from "../sql/keys.ts";
import { endingReason } from "../sql/sessions/end.ts";
import { migrate, newTimeline } from "./migrate.ts";
import { immediately, transactionOn } from "./transaction.ts";

/**
 * More than can have been decided about one user since the backup was made. Whoever follows the feed remembers those
 * decisions, and would refuse a token of a version from before them.
 */
const DECISIONS_LOST = 1_000_000;

export interface Renew {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  readonly keepSessions: boolean;
}

export interface Renewed {
  readonly sessionsEnded: number;
  readonly keysRevoked: number;
  /** The services that introspect tokens: each is registered again, and gets another credential. */
  readonly verifiersRemoved: number;
  /** One of them is what the operator gave for HS256: the server starts with another only. */
  readonly hs256Revoked: boolean;
}

/**
 * Makes of a backup's copy a ledger that can be used: the schema of today, and a history of its own, so that whoever has
 * read further on the old one notices.
 *
 * What was revoked since the backup was made is good again in it, and nobody can tell what that was. So all that it
 * would accept ends here, unless the caller knows that nothing was lost: sessions, one-time codes, the credentials of
 * services, and the signing keys, with every access token that they signed. Nothing alive is then sealed with any secret, and none is missed.
 */
export async function renew(database: DatabaseSync, { now, random, keepSessions }: Renew): Promise<Renewed> {
  return immediately(database, async () => {
    const { from } = migrate(database, newTimeline(random), now);
    database.prepare("UPDATE ledger SET timeline = ?").run(newTimeline(random));
    const tx = transactionOn(database, () => now);
    const sessionsEnded = keepSessions ? 0 : await endSessions(tx, now);
    let verifiersRemoved = 0;
    let keysRevoked = 0;
    let hs256Revoked = false;
    if (!keepSessions) {
      database.exec(`UPDATE users SET claims_version = claims_version + ${DECISIONS_LOST}`);
      database.exec("DELETE FROM password_codes; UPDATE secrets SET sealed_at = 0 WHERE sealed_at IS NOT NULL");
      verifiersRemoved = Number(database.prepare("DELETE FROM verifiers").run().changes);
      for (const { kid, algorithm } of await listSigningKeys(tx)) {
        await revoke(tx, { now, context: undefined }, kid, "restored");
        keysRevoked++;
        if (algorithm === "HS256") hs256Revoked = true;
      }
    }
    const body = {
      type: "ledger_restored",
      schemaVersion: from,
      sessionsEnded,
      keysRevoked,
      verifiersRemoved,
    } as const;
    await appendEvents(tx, now, [{ body, subject: null, sid: null, context: null }]);
    return { sessionsEnded, keysRevoked, verifiersRemoved, hs256Revoked };
  });
}

async function endSessions(tx: Transaction, now: number): Promise<number> {
  const reason = endingReason("restored", now);
  await sql`INSERT INTO events (at, type, details, subject, sid)
    SELECT ${now}, 'session_ended', json_object('reason', ${reason}), subject, sid
    FROM sessions WHERE ended_at IS NULL`.execute(tx.db);
  const ending = tx.db.updateTable("sessions").set({ ended_at: now, end_reason: reason });
  await ending.where("ended_at", "is", null).execute();
  const ended = tx.db.selectFrom("sessions").select((all) => all.fn.countAll<number>().as("n"));
  return (await ended.where("ended_at", "=", now).where("end_reason", "=", "restored").executeTakeFirstOrThrow()).n;
}
