import type {
  DatabaseConnectionFacts,
  DatabaseInspection,
  DatabaseServer,
  Rights,
} from "@counterfoil/stores/postgres-database";
import { counted } from "../counted.ts";
import type { Finding } from "./finding.ts";
import { ok, problem, warning } from "./finding.ts";

/** What a PostgreSQL server and the way to it have to be, whatever is in the ledger. */
export function checkDatabase({ server, connection, rights }: DatabaseInspection): readonly Finding[] {
  return [
    checkVersion(server),
    checkEncoding(server),
    checkPrimary(server),
    checkDurability(server),
    ...(rights === null ? [] : [checkRights(rights)]),
    checkEncryption(connection),
    checkConnections(server, connection),
    checkClocks(connection),
  ];
}

const OLDEST_VERSION = 15;

function checkVersion({ majorVersion, version }: DatabaseServer): Finding {
  if (majorVersion >= OLDEST_VERSION) return ok("database_version", `PostgreSQL ${version}.`);
  return problem("database_version", `PostgreSQL ${version} is too old.`, `Use PostgreSQL ${OLDEST_VERSION} or newer.`);
}

function checkEncoding({ encoding }: DatabaseServer): Finding {
  if (encoding === "UTF8") return ok("database_encoding", "The database is encoded in UTF8.");
  return problem(
    "database_encoding",
    `The database is encoded in ${encoding}, which lacks characters that names may have.`,
    "Create another one with `ENCODING 'UTF8' TEMPLATE template0`.",
  );
}

function checkPrimary({ isStandby }: DatabaseServer): Finding {
  if (!isStandby) return ok("database_primary", "The database is a primary, which can be written to.");
  return problem(
    "database_primary",
    "The database is a standby, and nothing can be written to it: every request is a 503.",
    "Point COUNTERFOIL_DATABASE_URL at the primary, or promote this one if that is gone.",
  );
}

/** What has been answered is to be there after a crash: a logout that was lost signs somebody in again. */
function checkDurability({ fsync, synchronousCommit, isSynchronousCommitOwn }: DatabaseServer): Finding {
  const lost = "logouts and rotations that were acknowledged may be lost in a crash";
  if (synchronousCommit === "off") {
    const tell = isSynchronousCommitOwn ? problem : warning;
    const whose = isSynchronousCommitOwn ? "for this role or database" : "on the whole server";
    return tell(
      "database_durability",
      `synchronous_commit is off ${whose}: ${lost}.`,
      isSynchronousCommitOwn
        ? "Take it back: ALTER ROLE … RESET synchronous_commit, ALTER DATABASE … RESET synchronous_commit."
        : "Turn it on; at the least for the server's role: ALTER ROLE … SET synchronous_commit = on.",
    );
  }
  if (fsync) return ok("database_durability", "What is committed is on the database's disk.");
  return warning(
    "database_durability",
    `fsync is off: ${lost}, and so may the whole database.`,
    "Turn it on: it is for databases that may be thrown away.",
  );
}

const MOST_NAMED = 5;

/** Whoever takes a server over is not to take the schema with it (ASVS V13.2.2). */
function checkRights({ lacking, mayChangeSchema }: Rights): Finding {
  if (lacking.length > 0) {
    const more = lacking.length > MOST_NAMED ? ` and ${lacking.length - MOST_NAMED} more` : "";
    return problem(
      "database_rights",
      `The server's role lacks ${lacking.slice(0, MOST_NAMED).join(", ")}${more}.`,
      "Grant what docs/operators.md lists, under PostgreSQL.",
    );
  }
  if (!mayChangeSchema)
    return ok("database_rights", "The server's role can use the tables, and not change the schema.");
  return warning(
    "database_rights",
    "The server's role may change the schema, which it never needs to once that is made.",
    "Give the server a role of its own, and run `counterfoil migrate` with the owner's: docs/operators.md, under PostgreSQL.",
  );
}

function checkEncryption({ isEncrypted, isLocal }: DatabaseConnectionFacts): Finding {
  if (isEncrypted) return ok("database_tls", "The connection is TLS, and the database's certificate is checked.");
  if (isLocal) return ok("database_tls", "The connection stays on this machine.");
  return warning(
    "database_tls",
    "The connection leaves this machine without TLS: whoever is on the way can read and change what goes over it.",
    "Turn TLS on in the database, and take sslmode=disable out of COUNTERFOIL_DATABASE_URL.",
  );
}

/** During a rolling upgrade there is one server more than usual. */
function checkConnections({ maxConnections }: DatabaseServer, { perServer }: DatabaseConnectionFacts): Finding {
  const room = Math.floor(maxConnections / perServer);
  const sentence = `A server opens up to ${counted(perServer, "connection")}, and the database has ${maxConnections} for this role`;
  if (room >= 2) return ok("database_connections", `${sentence}: enough for ${room} servers.`);
  const remedy = "Lower pool= in COUNTERFOIL_DATABASE_URL, or raise max_connections or the role's limit.";
  if (room === 1) return warning("database_connections", `${sentence}: a second server finds none left.`, remedy);
  return problem("database_connections", `${sentence}.`, remedy);
}

const CLOCK_TOLERANCE_MS = 5000;

/** Sessions live by the database's clock, and access tokens by that of whoever verifies them. */
function checkClocks({ clockAhead, clockUncertainty }: DatabaseConnectionFacts): Finding {
  if (Math.abs(clockAhead) - clockUncertainty <= CLOCK_TOLERANCE_MS) {
    return ok("database_clock", "The database's clock and this machine's agree.");
  }
  const seconds = Math.round(Math.abs(clockAhead) / 1000);
  return warning(
    "database_clock",
    `The database's clock is ${seconds} seconds ${clockAhead > 0 ? "ahead of" : "behind"} this machine's.`,
    "Set both by NTP.",
  );
}
