import type { Command } from "commander";
import type { Restored } from "@counterfoil/stores/sqlite-file";
import { counted, endings } from "../counted.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { askedWrongly, notDone } from "./failure.ts";
import { namedLedger } from "./ledger-file.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

export function addRestore(program: Command): void {
  const command = program
    .command("restore")
    .description("put a backup in the embedded ledger's place, while no server runs; everybody signs in again")
    .argument("<file>", "what `counterfoil backup` wrote")
    .option("--keep-sessions", "for a planned move, where nothing was revoked since the backup: nobody is signed out")
    .option("--yes", "although there is a ledger: it is kept under another name")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

async function run(backup: string, flags: Flags): Promise<void> {
  const json = isJson(flags);
  if (backup.trim() === "") return askedWrongly("Name the file that `counterfoil backup` wrote.", json);
  const { file, path } = namedLedger(flags);
  const keepSessions = flags["keepSessions"] === true;
  if (file.exists && flags["yes"] !== true) {
    const sentence = `There is a ledger at ${path}. It would be kept under another name, and what happened in it since the backup would be gone from use: say --yes.`;
    return askedWrongly(sentence, json);
  }
  const restored = await file.restore(backup, { keepSessions });
  switch (restored.outcome) {
    case "in_use":
      return notDone(
        `A server, or another command, has the ledger at ${path} open: stop it first. Nothing was changed.`,
        "in_use",
        json,
      );
    case "refused":
      return notDone(`${backup} ${REFUSED[restored.reason]} Nothing was changed.`, `backup_${restored.reason}`, json);
    case "restored":
      print(flags, asJson(path, restored), () => asLines(path, restored, keepSessions));
  }
}

type Done = Extract<Restored, { outcome: "restored" }>;

const REFUSED: Readonly<Record<Extract<Restored, { outcome: "refused" }>["reason"], string>> = {
  no_file: "is no file: name what `counterfoil backup` wrote.",
  missing: "is not there: name what `counterfoil backup` wrote.",
  foreign: "is no backup of a ledger: name what `counterfoil backup` wrote.",
  newer: "is of a newer version of Counterfoil: restore it with that version, or a newer one.",
  damaged: "is damaged: take an older backup.",
  itself: "is the ledger itself: name what `counterfoil backup` wrote.",
};

function asJson(path: string, done: Done) {
  const { keptAs, schemaVersion, users, sessions, sessionsEnded, keysRevoked, verifiersRemoved } = done;
  return {
    ledger: path,
    kept_as: keptAs,
    schema_version: schemaVersion,
    users,
    sessions,
    sessions_ended: sessionsEnded,
    keys_revoked: keysRevoked,
    verifiers_removed: verifiersRemoved,
  };
}

function asLines(path: string, done: Done, keepSessions: boolean): readonly string[] {
  const lines = [`Restored ${path}: ${counted(done.users, "user")}, ${counted(done.sessions, "session")}.`];
  if (done.keptAs !== null) lines.push(`The ledger that was there is kept as ${done.keptAs}.`);
  if (keepSessions) {
    lines.push("Who was signed in stays so, if the server has the same secret; stop the old server for good first.");
  } else {
    lines.push(
      `Everybody signs in again: ${endings(done.sessionsEnded, done.keysRevoked)}, since what was revoked after the backup would be good again.`,
      "Passwords, roles and disabled users are those of the backup: change again what was changed since.",
      "Next: `counterfoil secret replace`, if the secret may be known to others; then start the server.",
    );
    if (done.verifiersRemoved > 0) {
      lines.push(
        `The services that follow the feed or introspect tokens (${done.verifiersRemoved}) lost their credentials: register them again with \`counterfoil verifiers add\`.`,
      );
    }
    if (done.hs256Revoked) {
      lines.push("The key of HS256 is among them: give the server and its services another COUNTERFOIL_HS256_SECRET.");
    }
  }
  return lines;
}
