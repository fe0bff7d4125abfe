import { ConfigurationError, systemClock } from "@counterfoil/core";
import { moveToPostgres } from "@counterfoil/stores/move";
import type { LedgerMoved } from "@counterfoil/stores/move";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { generatedSecretPath } from "../config/generated-secret.ts";
import { readConfiguration } from "../config/environment.ts";
import { ledgerDatabase } from "../config/ledger.ts";
import { counted } from "../counted.ts";
import { withFlags } from "./environment-flags.ts";
import { notDone } from "./failure.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

/** `counterfoil migrate --to postgres`: the embedded ledger of the data directory into the configured database. */
export async function moveLedger(flags: Flags): Promise<void> {
  // Of two ledgers: --data names the one to move, and the environment the one to move to.
  const { options, dataDirectory } = readConfiguration(withFlags(process.env, flags));
  // A wrong address is told before anything is looked at, in the same words as by every other command.
  if (ledgerDatabase(options.ledger, systemClock) === undefined) {
    throw new ConfigurationError(
      "COUNTERFOIL_DATABASE_URL must be the postgres:// address to move to; --data says where the embedded ledger is.",
    );
  }
  const path = join(dataDirectory, "counterfoil.db");
  const moved = await moveToPostgres({
    path,
    url: options.ledger,
    // A program reads one line of JSON there, which tells what is wrong.
    ...(!isJson(flags) && { onProgress: tellProgress }),
  });
  if (moved.outcome !== "moved" && moved.outcome !== "finished") {
    return notDone(REFUSED[moved.outcome](path), moved.outcome, isJson(flags));
  }
  const { outcome, keptAs, ...counts } = moved;
  print(flags, { from: path, outcome, kept_as: keptAs, ...counts }, () => [
    told(moved),
    `The embedded ledger is kept as ${keptAs}: delete it once all is well, as it holds password hashes.`,
    `Next: start the servers on that database with the same secret (${secretPlace(dataDirectory)}) and, if there is one, COUNTERFOIL_PASSWORD_PEPPER.`,
  ]);
}

function tellProgress(rows: number): void {
  process.stderr.write(`counterfoil: ${counted(rows, "row")} copied so far, and none of them committed yet.\n`);
}

/** Who never set one has it in the data directory. */
function secretPlace(dataDirectory: string): string {
  const generated = generatedSecretPath(dataDirectory);
  return existsSync(generated) ? `COUNTERFOIL_SECRET_FILE=${generated}` : "COUNTERFOIL_SECRET";
}

function told(moved: Done): string {
  if (moved.outcome === "finished") {
    return "PostgreSQL had everything already, from a move that was cut short: it is finished now.";
  }
  const { users, sessions, events } = moved;
  return `Moved to PostgreSQL: ${counted(users, "user")}, ${counted(sessions, "session")}, ${counted(events, "event")}. Everybody who was signed in stays so.`;
}

type Done = Extract<LedgerMoved, { readonly outcome: "moved" | "finished" }>;

const REFUSED: Readonly<Record<Exclude<LedgerMoved["outcome"], Done["outcome"]>, (path: string) => string>> = {
  in_use: (path) => `A server, or another command, has the ledger at ${path} open: stop it first. Nothing was changed.`,
  damaged: (path) => `The ledger at ${path} is damaged: restore the newest backup first. Nothing was changed.`,
  behind: () =>
    "The embedded ledger's schema is another version's: run `counterfoil migrate` for it first, without --to and COUNTERFOIL_DATABASE_URL. Nothing was changed.",
  not_empty: () =>
    "The PostgreSQL ledger is in use already, or was moved to before: name an empty database, or another schema (?schema=). Nothing was changed.",
};
