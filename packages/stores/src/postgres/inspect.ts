import type { Clock, StoredSecret } from "@counterfoil/core";
import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import { lacksRows } from "../inspection/drift.ts";
import type { Drift } from "../inspection/drift.ts";
import type { InspectedKey, LedgerState } from "../inspection/state.ts";
import { postgresManifest } from "../migrations/postgres-manifest.ts";
import type { Transaction } from "../sql/engine.ts";
import { isThisMachine } from "./address.ts";
import type { PostgresAddress } from "./address.ts";
import { readSchemaVersion, POSTGRES_SCHEMA_VERSION } from "./migrate.ts";
import { readRights } from "./rights.ts";
import type { Rights } from "./rights.ts";
import { driftOfDatabase, readShape } from "./shape.ts";

/** What a PostgreSQL ledger looks like from a server's place, with the address and the user that the server has. */
export interface DatabaseInspection {
  /** 0 where there is no ledger in it yet, and `null` where the user may not look. */
  readonly schemaVersion: number | null;
  readonly schema: string;
  readonly server: DatabaseServer;
  readonly connection: DatabaseConnectionFacts;
  /** `null` where there is nothing yet to have rights to. */
  readonly rights: Rights | null;
  /** Where the schema is not what its version should be; looked for in today's alone. */
  readonly drift: readonly Drift[];
  /** `null` where the schema is another version's, or lacks tables or columns: they cannot be asked then. */
  readonly state: LedgerState | null;
}

export interface DatabaseServer {
  /** Such as 15, and as PostgreSQL writes it whole. */
  readonly majorVersion: number;
  readonly version: string;
  readonly encoding: string;
  readonly isStandby: boolean;
  readonly fsync: boolean;
  /** In force for this user; and whether the role or the database has it so, and not the whole server. */
  readonly synchronousCommit: string;
  readonly isSynchronousCommitOwn: boolean;
  /** For this user in this database, without what is kept for superusers. */
  readonly maxConnections: number;
}

export interface DatabaseConnectionFacts {
  readonly isEncrypted: boolean;
  readonly isLocal: boolean;
  /** The most that one server opens: its pool, and one on which it listens. */
  readonly perServer: number;
  /** How far the database's clock is ahead of this machine's, and how far that may be wrong, in milliseconds. */
  readonly clockAhead: number;
  readonly clockUncertainty: number;
  /** The database's time, milliseconds since the epoch. */
  readonly now: number;
}

/** The rights without which the schema's version cannot be read. */
const READS_VERSION = /^USAGE on schema |^SELECT on migrations$/;

/**
 * Looks, and changes nothing.
 *
 * @param endedBefore milliseconds since the epoch; see {@link LedgerState.dead}
 */
export async function inspectDatabase(
  tx: Transaction,
  address: PostgresAddress,
  clock: Clock,
  endedBefore: number,
): Promise<DatabaseInspection> {
  const connection = await readConnection(tx, address, clock);
  const server = await readServer(tx);
  const rights = await readRights(tx, postgresManifest);
  const lacking = rights?.lacking ?? [];
  const schemaVersion = lacking.some((right) => READS_VERSION.test(right)) ? null : await readSchemaVersion(tx);
  const isToday = schemaVersion === POSTGRES_SCHEMA_VERSION;
  const drift = isToday ? driftOfDatabase(await readShape(tx), postgresManifest) : [];
  const isReadable = isToday && !lacksRows(drift) && lacking.length === 0;
  const state = isReadable ? await readState(tx, endedBefore) : null;
  return { schemaVersion, schema: address.schema, server, connection, rights, drift, state };
}

async function readConnection(
  tx: Transaction,
  address: PostgresAddress,
  clock: Clock,
): Promise<DatabaseConnectionFacts> {
  const asked = clock.now();
  const now = await one<{ now: number }>(tx, sql`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`);
  const uncertainty = (clock.now() - asked) / 2;
  return {
    ...now,
    isEncrypted: address.connection.ssl !== false,
    isLocal: isThisMachine(address.connection.host),
    perServer: address.poolSize + 1,
    clockAhead: now.now - asked - uncertainty,
    clockUncertainty: uncertainty,
  };
}

async function readServer(tx: Transaction): Promise<DatabaseServer> {
  return one<DatabaseServer>(
    tx,
    sql`
    select current_setting('server_version_num')::integer / 10000 as "majorVersion",
      current_setting('server_version') as version, current_setting('server_encoding') as encoding,
      pg_is_in_recovery() as "isStandby", current_setting('fsync') = 'on' as fsync,
      current_setting('synchronous_commit') as "synchronousCommit",
      (select source in ('database', 'user', 'database user') from pg_settings where name = 'synchronous_commit')
        as "isSynchronousCommitOwn",
      least(current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
          - coalesce(current_setting('reserved_connections', true)::integer, 0),
        (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
        (select nullif(datconnlimit, -1) from pg_database where datname = current_database())) as "maxConnections"`,
  );
}

async function readState(tx: Transaction, endedBefore: number): Promise<LedgerState> {
  const { rows: signingKeys } = await sql<InspectedKey>`
    select kid, algorithm, state, secret_version as "secretVersion", created_at as "createdAt",
      signs_since as "signsSince", retired_at as "retiredAt"
    from signing_keys where state <> 'revoked' order by id`.execute(tx.db);
  const { rows: secrets } = await sql<StoredSecret>`
    select version, fingerprint, adopted_at as "adoptedAt", sealed_at as "sealedAt", lacked_at as "lackedAt",
      discarded_at as "discardedAt"
    from secrets order by version`.execute(tx.db);
  const counts = await one<Omit<LedgerState, "signingKeys" | "secrets">>(
    tx,
    sql`
    select (select created_at from ledger) as "createdAt", (select max(at) from events) as "newestEventAt",
      (select count(*) from users where deleted_at is null) as users,
      (select count(*) from users where deleted_at is null and disabled = 0 and roles::jsonb @> '["admin"]') as admins,
      (select count(*) from sessions where ended_at <= ${endedBefore}) as dead`,
  );
  return { ...counts, signingKeys, secrets };
}

async function one<T>(tx: Transaction, query: RawBuilder<unknown>): Promise<T> {
  const { rows } = await query.execute(tx.db);
  return rows[0] as T;
}
