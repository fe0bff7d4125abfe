import { types } from "pg";
import type { ClientConfig } from "pg";
import type { PostgresAddress } from "./address.ts";

/** How long anything may take. A caller waits no longer than a little over two of them: then it is our fault, a 503. */
const CONNECT_MS = 2000;
export const LOCK_MS = 2000;
const STATEMENT_MS = 4000;
/** Beyond the server's own limit: the network is gone, or the machine at its other end. */
const ANSWER_MS = 5000;
/** A server that is frozen in the middle of a transaction holds its rows no longer. */
const IDLE_IN_TRANSACTION_MS = 10_000;

const INT8 = 20;
const BYTEA = 17;

const parsers = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    // Milliseconds since the epoch, counters and numbers of rows: all of them fit a number.
    if (oid === INT8) return Number;
    if (oid === BYTEA) return (text: string) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
    return types.getTypeParser(oid, format);
  },
};

/** All is given, so that nothing is taken from the environment (`PGHOST` and its kind) beside our own settings. */
export function clientConfig({ connection, schema }: PostgresAddress, applicationName: string): ClientConfig {
  return {
    ...connection,
    // Nothing, or an empty text, would be looked up in the environment, and in ~/.pgpass.
    password: () => connection.password ?? "",
    application_name: applicationName,
    // That a commit is not on the standby is a warning, which the database must not be set to keep to itself. And none of
    // our statements is worth being compiled: where a table was never analysed, that took a thousand times its own time.
    options: `-c search_path=${schema} -c client_min_messages=warning -c jit=off`,
    connectionTimeoutMillis: CONNECT_MS,
    lock_timeout: LOCK_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    types: parsers,
  };
}

export type Limit = "statement_timeout" | "idle_in_transaction_session_timeout";

/** For what is done once, on tables of any size: it may take as long as it takes, and nobody waits for it behind a request. */
export function patientConfig(
  address: PostgresAddress,
  applicationName: string,
  without: readonly Limit[],
): ClientConfig {
  const config = clientConfig(address, applicationName);
  const none = Object.fromEntries(without.map((limit) => [limit, 0]));
  // A 0 is not sent by the driver itself, and the role's or the database's own limit would be in force.
  const options = [config.options, ...without.map((limit) => `-c ${limit}=0`)].join(" ");
  return { ...config, ...none, query_timeout: 0, options };
}
