import { StoreError } from "@counterfoil/core";
import { DatabaseError } from "pg";

const REFUSED = "The ledger's database refused the user or the password: correct COUNTERFOIL_DATABASE_URL.";

/** SQLSTATEs, or their classes (postgresql.org/docs/current/errcodes-appendix.html), and what to do about each. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ["25006", "The ledger's database is read-only, or a standby: point the server at the primary."],
  ["28", REFUSED],
  ["3D000", "The ledger's database does not exist: create it, or correct COUNTERFOIL_DATABASE_URL."],
  ["3F000", "The ledger's schema does not exist: run `counterfoil migrate` as a user that may create it."],
  ["40", "The ledger is busy: this collided with others again and again. Try again shortly."],
  ["42P01", "The ledger's tables are not there: run `counterfoil migrate` as a user that may create them."],
  ["42703", "The ledger's tables are another version's: run `counterfoil doctor`, which says what is missing."],
  ["53100", "The disk of the ledger's database is full: make room. Nothing of this was written."],
  ["53300", "The ledger's database has no connection left: raise its max_connections, or lower pool=."],
  ["53", "The ledger's database has run out of memory or another resource: look at its log."],
  ["55P03", "The ledger is busy: another transaction has kept a lock for two seconds. Try again shortly."],
  ["57014", "The ledger is busy: a statement took longer than it may. Try again shortly."],
  ["55000", "The ledger's database is a standby that is still recovering: point the server at the primary."],
  ["57P", "The ledger's database is starting, stopping, or was restarted. Try again shortly."],
  ["58", "The disk failed under the ledger's database: look at its log."],
  ["XX", "The ledger's database reports damage: stop the servers, and look at its log."],
]);

const NOT_ON_STANDBY =
  "The ledger's database gave up waiting for its standby: what was asked is done, and may be lost with this machine. Ask again once the standby is back.";
const UNREACHABLE = "The ledger's database does not answer: is it running, and reachable from here?";
const UNTRUSTED =
  "The ledger's database has no certificate that can be trusted: name its certificate authority with sslrootcert=FILE.";
const MISNAMED =
  "The certificate of the ledger's database is for another name: connect by a name that is in it, or give the database one for this name.";
const EXPIRED =
  "The certificate of the ledger's database has expired, or is not valid yet: give the database a new one.";
const OUTDATED =
  "The ledger's database and this server have no version of TLS in common that is safe: allow TLS 1.2 or 1.3 there.";
const UNCERTIFIED =
  "The ledger's database refused the certificate of this server: name with sslcert one that its certificate authority has issued.";
const UNENCRYPTED =
  "The ledger's database speaks no TLS: turn it on there (ssl = on), or give it up by name with sslmode=disable.";
/** The client's own errors, by the code that Node's TLS gives them, or the words of `pg`. */
const OWN: readonly (readonly [told: RegExp, sentence: string])[] = [
  [/ALTNAME/, MISNAMED],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, EXPIRED],
  [/alert.(?:unknown.ca|(?:bad.)?certificate)/i, UNCERTIFIED],
  [/CERT|UNABLE_TO|SELF_SIGNED/, UNTRUSTED],
  [/protocol.version|unsupported.protocol/i, OUTDATED],
  [/does not support SSL/, UNENCRYPTED],
  // Asked for a password that the address does not have, or has empty.
  [/client password must be/, REFUSED],
  [/not known to be on the standby/, NOT_ON_STANDBY],
];

const named = (told: string) =>
  `The ledger's schema has something of the same name, and no ledger's version (${told}): name an empty schema with schema=, or if this is the ledger, give its table migrations back what was in it.`;

/** Those of which PostgreSQL's own words are half of the sentence: they name the table, the schema or the function. */
const IN_ITS_WORDS: ReadonlyMap<string, (told: string) => string> = new Map([
  ["42501", (told) => `The ledger's database user lacks a right (${told}): grant it what docs/operators.md lists.`],
  ["42P07", named],
  ["42710", named],
  ["42723", named],
]);

/** What went wrong on a connection. `lost`: it is of no use any more, and what was under way may have happened or not. */
export class ConnectionFailure extends Error {
  readonly state: string | null;
  readonly lost: boolean;

  constructor(cause: unknown) {
    super("the database connection failed", { cause });
    this.name = "ConnectionFailure";
    this.state = sqlState(cause);
    // 57P01 to 57P05: the server ends the connection. 08: there was none. A client's own errors have no SQLSTATE.
    this.lost = this.state === null || /^(?:08|57P)/.test(this.state);
  }

  /**
   * Whether another attempt may fare better: it was undone to let another through (serialisation failure, deadlock), or
   * the statement had been prepared before a migration.
   */
  get gaveWay(): boolean {
    return this.state === "40001" || this.state === "40P01" || this.isOutdated;
  }

  /** A migration gave a table another column since the statement was prepared: it is to be prepared again. */
  get isOutdated(): boolean {
    const { cause } = this;
    return cause instanceof DatabaseError && cause.routine === "RevalidateCachedQuery";
  }

  get lacksRight(): boolean {
    return this.state === "42501";
  }

  get isMissingTable(): boolean {
    return this.state === "42P01" || this.state === "3F000";
  }

  /** The one error that the port knows. Its message holds nothing of the statement's values or the address. */
  asStoreError(): StoreError {
    return new StoreError(sentence(this.state, this.cause), { cause: this.cause });
  }
}

/** That of whoever would make or change the schema and may not: the owner of it, and no other grant, is the way. */
export function asOwnersError({ state, cause }: ConnectionFailure): StoreError {
  return new StoreError(
    `The ledger's database user may not make or change the ledger's schema (${wordsOf(state, cause)}): run \`counterfoil migrate\` with the address of the role that owns it, or may make it (docs/operators.md).`,
    { cause },
  );
}

/** As PostgreSQL refuses whoever may not look into the schema, where it would rather say that nothing is in it. */
export function schemaClosed(schema: string): ConnectionFailure {
  const refusal = new DatabaseError(`permission denied for schema ${schema}`, 0, "error");
  return new ConnectionFailure(Object.assign(refusal, { code: "42501", severity: "ERROR" }));
}

/** Anything that is no failure of the database, a bug, stays what it is. */
export function asStoreError(error: unknown): unknown {
  return error instanceof ConnectionFailure ? error.asStoreError() : error;
}

function sqlState(error: unknown): string | null {
  const isState = error instanceof Error && "code" in error && /^[0-9A-Z]{5}$/.test(String(error.code));
  return isState && "severity" in error ? String(error.code) : null;
}

function sentence(state: string | null, cause: unknown): string {
  if (state !== null) {
    const inItsWords = IN_ITS_WORDS.get(state);
    if (inItsWords !== undefined) return inItsWords(wordsOf(state, cause));
    const classes = [state, state.slice(0, 3), state.slice(0, 2)];
    const known = classes.map((each) => SENTENCES.get(each)).find((each) => each !== undefined);
    return known ?? `The ledger's database refused a statement, which should not happen (${wordsOf(state, cause)}).`;
  }
  if (!(cause instanceof Error)) return UNREACHABLE;
  const code = "code" in cause ? String(cause.code) : "";
  const told = code === "" || code === "EPROTO" ? cause.message : code;
  return OWN.find(([pattern]) => pattern.test(told))?.[1] ?? UNREACHABLE;
}

const MOST_WORDS = 200;

/**
 * The code, and PostgreSQL's sentence of those classes in which it names things (42, 23) and never a value: that of a
 * value that has the wrong form repeats it.
 */
function wordsOf(state: string | null, cause: unknown): string {
  const isOfNames = state !== null && /^(?:42|23)/.test(state);
  const words = isOfNames && cause instanceof Error ? cause.message.replaceAll(/\s+/g, " ").slice(0, MOST_WORDS) : "";
  return words === "" ? String(state) : `${state}: ${words}`;
}
