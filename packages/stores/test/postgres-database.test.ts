import { StoreError, systemClock } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import type { DatabaseInspection } from "@counterfoil/stores/postgres-database";
import { Client } from "pg";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { postgresManifest } from "../src/migrations/postgres-manifest.ts";
import { readAddress } from "../src/postgres/address.ts";
import { withConnection } from "../src/postgres/migrate.ts";
import { driftOfDatabase, readShape } from "../src/postgres/shape.ts";
import { createUser, signIn } from "./make.ts";
import { newSchema } from "./postgres-store.ts";

const { "18": eighteen, "15": fifteen } = inject("postgres");

const DAY_MS = 24 * 3600 * 1000;

/** A database's address with a schema of a test's own, and what may be done to it by hand. */
class Place {
  readonly schema = newSchema();
  readonly url: string;
  readonly #address: string;

  constructor(address = eighteen) {
    this.#address = address;
    this.url = `${address}?schema=${this.schema}`;
  }

  get database(): LedgerDatabase {
    return new LedgerDatabase({ url: this.url });
  }

  /** With another user, who needs no password here. */
  as(user: string): LedgerDatabase {
    return new LedgerDatabase({ url: this.url.replace(/\/\/[^@]+@/, `//${user}@`) });
  }

  async run(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.#address });
    await client.connect();
    await client.query(`SET search_path = ${this.schema}; ${sql}`);
    await client.end();
  }
}

describe.each([
  ["18", eighteen],
  ["15", fifteen],
])("PostgreSQL %s", (_, address) => {
  it.runIf(address !== null)("the manifest is what the migrations make, in PostgreSQL's own words", async () => {
    const place = new Place(address!);
    await place.database.migrate();
    expect(await withConnection(readAddress(place.url), "test", readShape)).toEqual(postgresManifest);
    expect((await place.database.inspect(0)).drift).toEqual([]);
  });
});

it("what a server has made is looked at, and a database without a ledger is left without one", async () => {
  const place = new Place();
  const empty = await place.database.inspect(0);
  expect(empty).toMatchObject({ schemaVersion: 0, drift: [], state: null, rights: null });
  expect(await place.database.schema()).toEqual({ from: 0, to: LedgerDatabase.schemaVersion });
  await using ledger = postgresLedger({ url: place.url });
  await ledger.open();
  await createUser(ledger, ["user", "admin"]);
  const { sid } = await signIn(ledger);
  await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
  const now = systemClock.now();
  const seen: DatabaseInspection = await place.database.inspect(now + DAY_MS);
  expect(seen).toMatchObject({
    schemaVersion: LedgerDatabase.schemaVersion,
    schema: place.schema,
    server: {
      majorVersion: 18,
      encoding: "UTF8",
      isStandby: false,
      fsync: false,
      synchronousCommit: "off",
      isSynchronousCommitOwn: false,
      maxConnections: 197,
    },
    connection: { isEncrypted: false, isLocal: true, perServer: 11 },
    rights: { mayChangeSchema: true, lacking: [] },
    drift: [],
    state: { users: 2, admins: 1, dead: 1, signingKeys: [], secrets: [], newestEventAt: expect.any(Number) },
  });
  expect((await place.database.inspect(now - DAY_MS)).state?.dead).toBe(0);
  // One machine, one clock.
  expect(Math.abs(seen.connection.clockAhead)).toBeLessThanOrEqual(seen.connection.clockUncertainty + 1);
});

/** Each changes it, and takes the change back. */
const sound = new Place();
beforeAll(() => sound.database.migrate());

it.each([
  ["DROP INDEX events_by_time", [{ kind: "missing", what: "index events_by_time" }]],
  ["CREATE TABLE theirs (a integer)", [{ kind: "extra", what: "table theirs" }]],
  ["ALTER TABLE sessions ADD COLUMN theirs text", [{ kind: "extra", what: "column sessions.theirs" }]],
  ["ALTER TABLE sessions DROP COLUMN device_name", [{ kind: "missing", what: "column sessions.device_name" }]],
  ["DROP TABLE verifiers", [{ kind: "missing", what: "table verifiers" }]],
  [
    "ALTER TABLE users ALTER COLUMN roles TYPE varchar(9)",
    [
      {
        kind: "changed",
        what: "column users.roles",
        expected: expect.stringMatching(/^text.* not null/),
        found: expect.stringMatching(/^character varying\(9\).* not null/),
      },
    ],
  ],
  ["ALTER TABLE users ALTER COLUMN roles DROP NOT NULL", [{ kind: "changed", what: "column users.roles" }]],
  ["ALTER TABLE events ALTER COLUMN id DROP DEFAULT", [{ kind: "changed", what: "column events.id" }]],
  ["ALTER TABLE users ALTER COLUMN roles TYPE text", [{ kind: "changed", what: "column users.roles" }]],
  [
    "DROP INDEX users_by_creation; CREATE INDEX users_by_creation ON users (created_at)",
    [{ kind: "changed", what: "index users_by_creation" }],
  ],
  [
    "ALTER TABLE password_codes DROP CONSTRAINT password_codes_subject_fkey",
    [{ kind: "missing", what: "constraint password_codes_subject_fkey" }],
  ],
  ["DROP TRIGGER revocations_hint ON revocations", [{ kind: "missing", what: "trigger revocations_hint" }]],
  ["ALTER TABLE revocations DISABLE TRIGGER revocations_hint", [{ kind: "changed", what: "trigger revocations_hint" }]],
  [
    "CREATE OR REPLACE FUNCTION ledger_now() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
    [{ kind: "changed", what: "function ledger_now()" }],
  ],
  ["ALTER TABLE sessions SET (fillfactor = 70)", [{ kind: "changed", what: "storage of sessions" }]],
  ["ALTER TABLE attempts SET UNLOGGED", [{ kind: "changed", what: "table attempts" }]],
  ["ALTER SEQUENCE event_ids CYCLE", [{ kind: "changed", what: "sequence event_ids" }]],
  ["CREATE VIEW theirs AS SELECT 1 AS a", [{ kind: "extra", what: "view theirs" }]],
])("after %s the drift is told", async (sql, drift) => {
  const found = await withConnection(readAddress(sound.url), "test", async (tx, client) => {
    await client.query(`BEGIN; ${sql}`);
    const shape = await readShape(tx);
    await client.query("ROLLBACK");
    return shape;
  });
  const definitions = { expected: expect.any(String), found: expect.any(String) };
  const whole = drift.map((each) => (each.kind === "changed" ? { ...definitions, ...each } : each));
  expect(driftOfDatabase(found, postgresManifest)).toEqual(whole);
});

it("what cannot be asked is not asked: a ledger without a table is looked at", async () => {
  const place = new Place();
  await place.database.migrate();
  await place.run("DROP TABLE secrets");
  const missing = { kind: "missing", what: "table secrets" };
  expect(await place.database.inspect(0)).toMatchObject({ drift: [missing], state: null });
});

it("a schema that has a table of the same name is left as it is, and the table is named", async () => {
  const place = new Place();
  await place.run(`CREATE SCHEMA ${place.schema}; CREATE TABLE ${place.schema}.users (theirs text)`);
  const refused =
    /^The ledger's schema has something of the same name, .*\(42P07: relation "\w+" already exists\): name/;
  await expect(place.database.migrate()).rejects.toThrow(refused);
  // Nor is a ledger whose versions are lost taken for an empty schema.
  const emptied = new Place();
  await emptied.database.migrate();
  await emptied.run("DELETE FROM migrations");
  await expect(emptied.database.migrate()).rejects.toThrow(refused);
});

it("of many that make the schema at once, one does, and the others find it done", async () => {
  const place = new Place();
  const made = await Promise.all(Array.from({ length: 6 }, () => place.database.migrate()));
  const to = LedgerDatabase.schemaVersion;
  expect(made.toSorted((left, right) => left.from - right.from)).toEqual([
    { from: 0, to },
    ...Array.from({ length: 5 }, () => ({ from: to, to })),
  ]);
});

it("a newer schema that works with this version is up to date, and one that does not is refused", async () => {
  const place = new Place();
  await place.database.migrate();
  const newer = LedgerDatabase.schemaVersion + 1;
  await place.run(`INSERT INTO migrations VALUES (${newer}, ${newer - 1}, 0)`);
  expect(await place.database.schema()).toEqual({ from: newer, to: newer });
  expect(await place.database.migrate()).toEqual({ from: newer, to: newer });
  // What belongs to it is not known here.
  expect(await place.database.inspect(0)).toMatchObject({ schemaVersion: newer, drift: [], state: null });
  await place.run(`UPDATE migrations SET works_with = ${newer} WHERE version = ${newer}`);
  const refusal = expect.objectContaining({ message: expect.stringMatching(/^A newer version of Counterfoil wrote/) });
  expect(
    await Promise.allSettled([place.database.schema(), place.database.migrate(), place.database.inspect(0)]),
  ).toEqual(Array.from({ length: 3 }, () => ({ status: "rejected", reason: refusal })));
});

describe("another user", () => {
  it("makes the tables in a schema that is given to it, and needs no right to make one", async () => {
    const place = new Place();
    const owner = `${place.schema}_owner`;
    await place.run(`CREATE ROLE ${owner} LOGIN`);
    await expect(place.as(owner).migrate()).rejects.toThrow(
      /may not make or change the ledger's schema \(42501: permission denied for database \w+\): run `counterfoil migrate`/,
    );
    await place.run(`CREATE SCHEMA ${place.schema} AUTHORIZATION ${owner}`);
    expect(await place.as(owner).migrate()).toEqual({ from: 0, to: LedgerDatabase.schemaVersion });
  });

  it("to whom the schema is closed hears that it lacks a right, and not that there is no ledger", async () => {
    const place = new Place();
    await place.run(`CREATE SCHEMA ${place.schema}; CREATE ROLE ${place.schema}_user LOGIN`);
    const usage = `USAGE on schema ${place.schema}`;
    const look = () => place.as(`${place.schema}_user`).inspect(0);
    expect(await look()).toMatchObject({ schemaVersion: null, rights: { mayChangeSchema: false, lacking: [usage] } });
    await place.database.migrate();
    const denied = `(42501: permission denied for schema ${place.schema})`;
    await expect(place.as(`${place.schema}_user`).schema()).rejects.toThrow(
      new StoreError(`The ledger's database user lacks a right ${denied}: grant it what docs/operators.md lists.`),
    );
    await expect(place.as(`${place.schema}_user`).migrate()).rejects.toThrow(
      `may not make or change the ledger's schema ${denied}: run`,
    );
    expect((await look()).rights!.lacking[0]).toBe(usage);
  });

  it("without any right is told each that a server needs, and once it may read the version, that too", async () => {
    const place = new Place();
    await place.database.migrate();
    const user = `${place.schema}_user`;
    const look = () => place.as(user).inspect(0);
    await place.run(`CREATE ROLE ${user} LOGIN; GRANT USAGE ON SCHEMA ${place.schema} TO ${user}`);
    const seen = await look();
    expect(seen).toMatchObject({ schemaVersion: null, drift: [], state: null, rights: { mayChangeSchema: false } });
    const needed = ["SELECT on migrations", "DELETE on sessions", "USAGE on event_ids", "SELECT on event_ids"];
    expect(seen.rights!.lacking).toEqual(expect.arrayContaining(needed));
    // Four on each table, and two on the one sequence.
    expect(seen.rights!.lacking.length).toBe(4 * Object.keys(postgresManifest.tables).length + 2);
    await place.run(`GRANT SELECT ON migrations TO ${user}`);
    expect((await look()).schemaVersion).toBe(LedgerDatabase.schemaVersion);
    expect((await look()).rights!.lacking).not.toContain("SELECT on migrations");
  });

  it("may change the schema with CREATE on it, and with TRUNCATE or TRIGGER on a table, and not without", async () => {
    const place = new Place();
    await place.database.migrate();
    const user = `${place.schema}_user`;
    await place.run(
      `CREATE ROLE ${user} LOGIN; GRANT USAGE ON SCHEMA ${place.schema} TO ${user};
       GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${place.schema} TO ${user};
       GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${place.schema} TO ${user}`,
    );
    expect((await place.as(user).inspect(0)).rights).toEqual({ mayChangeSchema: false, lacking: [] });
    const mayChange = async (right: string) => {
      await place.run(`GRANT ${right} TO ${user}`);
      const { rights } = await place.as(user).inspect(0);
      await place.run(`REVOKE ${right} FROM ${user}`);
      return rights?.mayChangeSchema;
    };
    expect(await mayChange(`CREATE ON SCHEMA ${place.schema}`)).toBe(true);
    expect(await mayChange("TRUNCATE ON users")).toBe(true);
    expect(await mayChange("TRIGGER ON users")).toBe(true);
  });
});

it("a server that is given fewer connections than it may have uses those that it has", async () => {
  const place = new Place();
  await place.database.migrate();
  const role = `few_${place.schema}`;
  await place.run(`
    CREATE ROLE ${role} LOGIN CONNECTION LIMIT 3;
    GRANT USAGE ON SCHEMA ${place.schema} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${place.schema} TO ${role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${place.schema} TO ${role}`);
  await using ledger = postgresLedger({ url: place.url.replace(/\/\/[^@]+@/, `//${role}@`) });
  await ledger.open();
  const created = await Promise.all(Array.from({ length: 40 }, () => createUser(ledger)));
  expect(created).toHaveLength(40);
});
