import { ConfigurationError } from "@counterfoil/core";
import { moveToPostgres } from "@counterfoil/stores/move";
import type { LedgerMoved } from "@counterfoil/stores/move";
import { isPostgresAddress } from "@counterfoil/stores/postgres";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { generatedSecretPath } from "../config/generated-secret.ts";
import { readConfiguration } from "../config/environment.ts";
import { counted } from "../counted.ts";
import { withFlags } from "./environment-flags.ts";
import { notDone } from "./failure.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

/** `counterfoil migrate --to postgres`: the embedded ledger of the data directory into the configured database. */
export async function moveLedger(flags: Flags): Promise<void> {
  // Of two ledgers: --data names the one to move, and the environment the one to move to.
  const { options, dataDirectory } = readConfiguration(withFlags(process.env, flags));
  if (!isPostgresAddress(options.ledger)) {
    throw new ConfigurationError(
      "COUNTERFOIL_DATABASE_URL must be the postgres:// address to move to; --data says where the embedded ledger is.",
    );
  }
  const path = join(dataDirectory, "counterfoil.db");
  const moved = await moveToPostgres({ path, url: options.ledger });
  if (moved.outcome !== "moved") {
    return notDone(REFUSED[moved.outcome](path), moved.outcome, isJson(flags));
  }
  const { keptAs, users, sessions, events } = moved;
  print(flags, { from: path, kept_as: keptAs, users, sessions, events }, () => [
    `Moved to PostgreSQL: ${counted(users, "user")}, ${counted(sessions, "session")}, ${counted(events, "event")}. Everybody who was signed in stays so.`,
    `The embedded ledger is kept as ${keptAs}: delete it once all is well, as it holds password hashes.`,
    `Next: start the servers on that database with the same secret (${secretPlace(dataDirectory)}) and, if there is one, COUNTERFOIL_PASSWORD_PEPPER.`,
  ]);
}

/** Who never set one has it in the data directory. */
function secretPlace(dataDirectory: string): string {
  const generated = generatedSecretPath(dataDirectory);
  return existsSync(generated) ? `COUNTERFOIL_SECRET_FILE=${generated}` : "COUNTERFOIL_SECRET";
}

const REFUSED: Readonly<Record<Exclude<LedgerMoved["outcome"], "moved">, (path: string) => string>> = {
  in_use: (path) => `A server, or another command, has the ledger at ${path} open: stop it first. Nothing was changed.`,
  damaged: (path) => `The ledger at ${path} is damaged: restore the newest backup first. Nothing was changed.`,
  behind: () =>
    "The embedded ledger's schema is another version's: run `counterfoil migrate` for it first, without --to and COUNTERFOIL_DATABASE_URL. Nothing was changed.",
  not_empty: () =>
    "The PostgreSQL ledger is in use already, or was moved to before: name an empty database, or another schema (?schema=). Nothing was changed.",
};
