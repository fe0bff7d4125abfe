import type { Drift, LedgerInspection, LedgerState } from "@counterfoil/stores/sqlite-file";
import type { DatabaseInspection } from "@counterfoil/stores/postgres-database";
import { counted } from "../counted.ts";
import type { Finding } from "./finding.ts";
import { ok, problem, warning } from "./finding.ts";

/** A ledger that could be opened or not; `sentence` is the store's own. */
export type LedgerFact =
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "unreadable"; readonly sentence: string }
  | { readonly kind: "opened"; readonly inspection: LedgerInspection }
  /** In PostgreSQL. */
  | { readonly kind: "reached"; readonly inspection: DatabaseInspection };

export function checkOpens(ledger: LedgerFact): Finding {
  switch (ledger.kind) {
    case "missing":
      return warning(
        "ledger",
        `There is no ledger at ${ledger.path}: a server makes one at its start.`,
        "Name its directory with --data, or COUNTERFOIL_DATA, if there should be one.",
      );
    case "unreadable":
      return problem("ledger", "The ledger cannot be read.", ledger.sentence);
    case "opened":
    case "reached":
      return ok("ledger", "The ledger opens.");
  }
}

export function checkIntegrity({ faults }: LedgerInspection): Finding {
  const [first] = faults;
  if (first === undefined) return ok("integrity", "The ledger's pages are whole.");
  return problem(
    "integrity",
    `The ledger's file is damaged (${first}).`,
    "Stop the server, keep the file, and restore the newest backup: `counterfoil restore`. Check the disk.",
  );
}

/** @param schemaVersion `null` where it may not be read */
export function checkSchema(schemaVersion: number | null, latest: number): Finding {
  if (schemaVersion === null) {
    return warning(
      "schema_version",
      "The schema's version is unknown: the server's role may not read it.",
      "Grant what database_rights names, and run this again.",
    );
  }
  if (schemaVersion > latest) {
    return ok("schema_version", `Schema version ${schemaVersion}: a newer one, which this version can work with.`);
  }
  if (schemaVersion === 0) {
    return warning(
      "schema_version",
      "There is no ledger in the database yet.",
      "Make it with `counterfoil migrate`; a server does it at its start, if its role may.",
    );
  }
  if (schemaVersion === latest) return ok("schema_version", `Schema version ${latest}: up to date.`);
  return warning(
    "schema_version",
    `Schema version ${schemaVersion}, and this version of Counterfoil works with ${latest}.`,
    "Make a backup, then run `counterfoil migrate`; a server does it at its start.",
  );
}

/** What is missing or changed breaks what relies on it; what is extra is only not ours. */
export function checkDrift(drift: readonly Drift[]): Finding {
  if (drift.length === 0) return ok("schema_drift", "The schema is as Counterfoil makes it.");
  const told = drift.map(toldOf).join(", ");
  if (drift.every(({ kind, what }) => kind === "extra" || what.startsWith("storage of "))) {
    return warning(
      "schema_drift",
      `Something else has changed the schema: ${told}.`,
      "Drop what is not Counterfoil's; how a table is stored may be the operator's choice.",
    );
  }
  return problem(
    "schema_drift",
    `Something else has changed the schema: ${told}.`,
    "Undo the change, or restore a backup from before it.",
  );
}

/** A function's body is told of, and not shown. */
const LONGEST_DEFINITION = 120;

function toldOf({ kind, what, expected, found }: Drift): string {
  if (expected === undefined || found === undefined) return `${what} is ${kind}`;
  if (Math.max(expected.length, found.length) > LONGEST_DEFINITION) return `${what} is ${kind}`;
  return `${what} is ${kind} (expected: ${expected || "plain"}; found: ${found || "plain"})`;
}

const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Times in the ledger that the clock by which it goes has not reached: one of the two was wrong, and sessions live by it.
 *
 * @param whose this machine's, or the database's
 */
export function checkClock({ createdAt, newestEventAt }: LedgerState, now: number, whose: string): Finding {
  const newest = Math.max(createdAt, newestEventAt ?? 0);
  if (newest <= now + CLOCK_TOLERANCE_MS) return ok("clock", "The clock is not behind what the ledger has seen.");
  const seconds = Math.round((newest - now) / 1000);
  return problem(
    "clock",
    `The ledger has events ${seconds} seconds ahead of ${whose} clock.`,
    "Set the clock by NTP. If it was ahead before, sessions that were opened then live longer by as much.",
  );
}

export function checkUsers({ users, admins }: LedgerState): Finding {
  if (users === 0) {
    return warning(
      "users",
      "There are no users.",
      "Add one with `counterfoil users add`, if the application has none.",
    );
  }
  if (admins === 0) {
    return warning("users", `No user of ${users} is an admin.`, "Make one: `counterfoil users roles <name> admin`.");
  }
  return ok("users", `${counted(users, "user")}, of them ${counted(admins, "admin")}.`);
}

/** The server deletes them a day after they ended, so those older than two show that it does not come to it. */
export function checkPurge({ dead }: LedgerState): Finding {
  if (dead === 0) return ok("purge", "No session waits for long to be deleted.");
  return warning(
    "purge",
    `${dead} sessions ended more than two days ago and were not deleted.`,
    "Let a server run: it deletes them by itself. Its log says if it cannot.",
  );
}
