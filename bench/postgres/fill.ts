import { createHash } from "node:crypto";
import { systemClock, systemRandom } from "@counterfoil/core";
import type { LocatorHash } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import type { Database } from "../../packages/stores/test/database.ts";

export interface Filling {
  readonly schema: string;
  readonly sessions: number;
  /** The number of the first; 0 where it is left out. */
  readonly first?: number;
  readonly eventsOfEach: number;
  /** How long ago they ended; they live where it is left out. */
  readonly endedSecondsAgo?: number;
  /** For redemptions: all travel as tokens, and have locators that a program without SHA-256 can name, too. */
  readonly plainTokens?: boolean;
}

const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/** Of one statement: more would hold a transaction open for longer than the server lets it. */
const PART = 20_000;

/** The locator of the session of that number. */
export function locatorOf(index: number, plain = false): LocatorHash {
  const text = plain ? String(10n ** 18n + BigInt(index)) : sha256(`locator ${index}`);
  return text as LocatorHash;
}

/** The subject of the session of that number: each has a user of its own. */
export function subjectOf(index: number): string {
  return `usr_${sha256(`subject ${index}`).slice(0, 22)}`;
}

/**
 * A ledger with so many sessions, written by the database itself: to open a million by the transition takes a quarter of
 * an hour. Even ones travel as cookies, odd ones as tokens. The indexes are there meanwhile, so they have the size that inserts in the order of chance give them.
 */
export async function fillSchema(database: Database, filling: Filling): Promise<void> {
  const { schema, sessions, first = 0, eventsOfEach, endedSecondsAgo, plainTokens = false } = filling;
  const ledger = postgresLedger({ url: database.url(`schema=${schema}`), random: systemRandom });
  await ledger.open();
  await ledger[Symbol.asyncDispose]();
  const now = systemClock.now();
  const [at, ends] = [now - 60_000, now + 2_592_000_000];
  const ended = endedSecondsAgo === undefined ? "null::bigint" : String(now - endedSecondsAgo * 1000);
  const locator = plainTokens ? "(1000000000000000000 + i)::text" : digest("'locator ' || i");
  const transport = plainTokens ? "'bearer'" : "case when i % 2 = 0 then 'cookie' else 'bearer' end";
  const subject = `'usr_' || left(${digest("'subject ' || i")}, 22)`;
  const sid = `'ses_' || left(${digest("'session ' || i")}, 22)`;
  const parts = Array.from({ length: Math.ceil(sessions / PART) }, (_, part) => [
    first + part * PART,
    first + Math.min(sessions, (part + 1) * PART) - 1,
  ]);
  const write = async () => {
    const client = new Client({ host: "127.0.0.1", port: database.port, user: "postgres", database: "postgres" });
    await client.connect();
    // Foreign keys are kept by triggers, which this leaves out: what is referred to is written beside it.
    await client.query(
      `set search_path = ${schema}; set session_replication_role = replica; set synchronous_commit = off`,
    );
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const from = `from generate_series(${part[0]}, ${part[1]}) as i`;
      await client.query(`
        insert into users (subject, username, canonical_username, roles, claims_version, disabled, created_at)
          select ${subject}, 'user-' || i, 'user-' || i, '["user"]', 1, 0, ${at} ${from};
        insert into sessions (sid, locator_hash, subject, username, transport, remember, client_id, amr, auth_time,
            created_at, last_active_at, inactivity_seconds, expires_at, user_agent, counter, issued_at, seen, data,
            data_version, ended_at, end_reason, due_at)
          select ${sid}, ${locator}, ${subject}, 'user-' || i, ${transport}, 0,
            'first-party', '["pwd"]', ${at}, ${at} + i % 50000, ${at}, 1209600, ${ends}, '${AGENT}', 0, ${at}, 0, '{}', 0,
            ${ended}, case when ${ended} is null then null else 'logout' end, ${ends} + i % 50000 ${from};
        insert into events (at, type, details, subject, sid, request_id, remote_address, user_agent)
          select coalesce(${ended}, ${at}), 'refresh_rotated', '{"counter":1,"background":false}', ${subject}, ${sid},
            'req_' || left(${digest("'request ' || i || '-' || n")}, 22), '192.0.2.1', '${AGENT}'
          ${from}, generate_series(1, ${eventsOfEach}) as n`);
    }
    await client.end();
  };
  await Promise.all([write(), write()]);
  await database.query(`vacuum (analyze) ${schema}.sessions, ${schema}.users, ${schema}.events`);
}

/** 43 characters, as a hash of ours is written. */
function digest(text: string): string {
  return `translate(encode(sha256(convert_to(${text}, 'UTF8')), 'base64'), '+/=', '-_')`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
