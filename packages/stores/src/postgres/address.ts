import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";

/** Where a PostgreSQL ledger is, and how it is reached. */
export interface PostgresAddress {
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string | undefined;
    readonly ssl: false | ConnectionOptions;
  };
  /** The schema that holds our tables: the application's own may be in others of the same database. */
  readonly schema: string;
  readonly poolSize: number;
}

const DEFAULT_SCHEMA = "counterfoil";
/** Each server's; a transaction takes milliseconds, so this is thousands of them a second. */
const DEFAULT_POOL_SIZE = 10;
const PARAMETERS = ["schema", "pool", "sslmode", "sslrootcert", "sslcert", "sslkey"];
const ACCEPTED =
  "postgres://USER:PASSWORD@HOST:5432/DATABASE, with ?schema=, ?pool=, ?sslmode=, ?sslrootcert=, ?sslcert= or ?sslkey=";

/**
 * Reads `postgres://…`. Between machines the connection is TLS, and the server's certificate is checked against its name
 * (ASVS V12.3.1, V12.3.3): `sslmode=disable` gives that up by name, and the modes that only look like TLS are refused.
 *
 * @throws TypeError that says what would be right, and never repeats what may be a password
 */
export function readAddress(text: string): PostgresAddress {
  const url = parse(text);
  const database = decode(url.pathname.slice(1));
  if (database === "" || url.username === "") throw new TypeError(`must name a user and a database: ${ACCEPTED}`);
  requireParameters(url);
  const parameter = (name: string) => url.searchParams.get(name) ?? undefined;
  const host = decode(url.hostname).replace(/^\[|\]$/g, "");
  return {
    connection: {
      host,
      port: url.port === "" ? 5432 : Number(url.port),
      database,
      user: decode(url.username),
      password: url.password === "" ? undefined : decode(url.password),
      ssl: readTls(host, parameter),
    },
    schema: readSchema(parameter("schema") ?? DEFAULT_SCHEMA),
    poolSize: readPoolSize(parameter("pool")),
  };
}

/** Whether it is the address of a PostgreSQL ledger, right or wrong. */
export function isPostgresAddress(text: string): boolean {
  return /^postgres(?:ql)?:/i.test(text);
}

function parse(text: string): URL {
  const url = /^postgres(?:ql)?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new TypeError(`must be ${ACCEPTED}; what is special in a password is percent-encoded`);
  return url;
}

/** What is none is not repeated: with an @, / and ? in it that nobody has encoded, the end of a password stands there. */
function requireParameters({ searchParams, hash }: URL): void {
  const names = [...searchParams.keys()];
  const wrong = hash !== "" || names.some((name) => !PARAMETERS.includes(name)) || new Set(names).size < names.length;
  if (wrong) throw new TypeError(`has a parameter that is none, or one twice: it must be ${ACCEPTED}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("has a % that begins no percent-encoded character: a % itself must be written %25");
  }
}

function readSchema(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name) && !name.startsWith("pg_")) return name;
  throw new TypeError("must have a schema of small letters, digits and _, such as schema=counterfoil");
}

function readPoolSize(text: string | undefined): number {
  if (text === undefined) return DEFAULT_POOL_SIZE;
  const size = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (size >= 2 && size <= 500) return size;
  throw new TypeError("must have a pool of 2 to 500 connections, such as pool=10");
}

function readTls(host: string, parameter: (name: string) => string | undefined): false | ConnectionOptions {
  const mode = parameter("sslmode") ?? (isThisMachine(host) ? "disable" : "verify-full");
  if (mode === "disable") {
    // Whoever names a certificate believes that it is looked at.
    const named = ["sslrootcert", "sslcert", "sslkey"].find((name) => parameter(name) !== undefined);
    if (named === undefined) return false;
    throw new TypeError(`names ${named}, and no TLS is used there: add sslmode=verify-full, or take it away`);
  }
  if (mode !== "verify-full") {
    throw new TypeError(
      "must have sslmode=verify-full (with sslrootcert=FILE for a certificate authority of your own) or, without TLS, sslmode=disable: any other would take a wrong server for the right one",
    );
  }
  const file = (name: string) => {
    const path = parameter(name);
    return path === undefined ? undefined : readTlsFile(name, path);
  };
  const [ca, cert, key] = [file("sslrootcert"), file("sslcert"), file("sslkey")];
  if ((cert === undefined) !== (key === undefined))
    throw new TypeError("must have both of sslcert and sslkey, or none");
  return {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function readTlsFile(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new TypeError(`names with ${name} a file that cannot be read: ${path}`);
  }
}

/** Whether what is sent there stays on this machine. */
export function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host) || host[0] === "/";
}
