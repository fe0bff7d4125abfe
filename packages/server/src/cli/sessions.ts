import { ConfigurationError, isoTime, parseSid, signEverybodyOut } from "@counterfoil/core";
import type { Ledger, Session, SessionCursor, Sid } from "@counterfoil/core";
import type { Command } from "commander";
import { printable, terminalSafe } from "../explain/explain.ts";
import { deviceOf } from "../http/device.ts";
import { sessionJson } from "../http/session-json.ts";
import { commandContext } from "./context.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { failed, FAILURE_EXIT } from "./failure.ts";
import { withLedger } from "./ledger.ts";
import type { Flags } from "./ledger.ts";
import { wholeNumber } from "./number.ts";
import { findNamedUser, noUser } from "./user.ts";

interface ListFlags extends Flags {
  readonly user?: string;
  readonly limit: number;
  readonly json?: true;
}

interface RevokeFlags extends Flags {
  readonly user?: string;
  readonly everybody?: true;
  readonly yes?: true;
  readonly json?: true;
}

export function addSessions(program: Command): void {
  const sessions = program.command("sessions").description("list the live sessions, and end them");
  const list = sessions
    .command("list")
    .description("list the live sessions, newest first")
    .option("--user <name>", "only this user's: a user name, or a subject (usr_…)")
    .option("--limit <number>", "how many at the most", wholeNumber(1, 100_000), 50)
    .option("--json", "as JSON");
  addSettingFlags(list, ["COUNTERFOIL_DATA"]).action((flags: ListFlags) => listSessions(flags));
  const revoke = sessions
    .command("revoke")
    .description("end sessions: each is refused everywhere within a second")
    .argument("[sid...]", "the sessions (ses_…)")
    .option("--user <name>", "all of this user's: a user name, or a subject (usr_…)")
    .option("--everybody", "all of everybody's; every signing key is revoked")
    .option("--yes", "with --everybody: that it is meant")
    .option("--json", "as JSON");
  addSettingFlags(revoke, ["COUNTERFOIL_DATA"]).action(revokeSessions);
}

async function listSessions(flags: ListFlags): Promise<void> {
  await withLedger(flags, async (ledger) => {
    const user = flags.user === undefined ? undefined : await findNamedUser(ledger, flags.user);
    if (user === null) return failed(flags.json === true, noUser(flags.user ?? ""));
    const { sessions, more } = await readSessions(ledger, { subject: user?.subject, limit: flags.limit });
    if (flags.json === true) {
      const listed = sessions.map((session) => ({
        ...sessionJson(session, ""),
        sub: session.subject,
        username: session.username,
      }));
      print(`${terminalSafe(JSON.stringify({ sessions: listed, more }, null, 2))}\n`);
      return;
    }
    if (sessions.length === 0) return print("Nobody is signed in.\n");
    print(table(sessions));
    if (more) print(`There are more: --limit ${flags.limit * 10} shows them.\n`);
    print("`counterfoil sessions revoke <sid>` ends one; `counterfoil explain <sid>` tells its story.\n");
  });
}

/** Page by page, since a page may be short. */
async function readSessions(
  ledger: Ledger,
  query: { readonly subject: Session["subject"] | undefined; readonly limit: number },
): Promise<{ readonly sessions: readonly Session[]; readonly more: boolean }> {
  const sessions: Session[] = [];
  let cursor: SessionCursor | null = null;
  do {
    const page: Awaited<ReturnType<Ledger["listAllSessions"]>> = await ledger.listAllSessions({
      subject: query.subject,
      cursor,
      limit: Math.min(200, query.limit + 1 - sessions.length),
    });
    sessions.push(...page.sessions);
    cursor = page.next;
  } while (cursor !== null && sessions.length <= query.limit);
  return { sessions: sessions.slice(0, query.limit), more: sessions.length > query.limit };
}

function table(sessions: readonly Session[]): string {
  const rows = sessions.map((session) => [
    session.sid,
    session.username ?? session.subject,
    session.transport,
    isoTime(session.createdAt).slice(0, 16).replace("T", " "),
    deviceOf(session) ?? "",
  ]);
  const all = [["SESSION", "USER", "BY", "SINCE (UTC)", "DEVICE"], ...rows].map((row) => row.map(printable));
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

async function revokeSessions(texts: readonly string[], flags: RevokeFlags): Promise<void> {
  const ways = [texts.length > 0, flags.user !== undefined, flags.everybody === true].filter(Boolean);
  if (ways.length !== 1) {
    throw new ConfigurationError("Say which sessions, in one way: their ids (ses_…), --user NAME, or --everybody.");
  }
  if (flags.everybody === true && flags.yes !== true) {
    throw new ConfigurationError("This signs everybody out, at once and for good: say --yes if it is meant.");
  }
  const sids = texts.map((text) => {
    const sid = parseSid(text);
    if (sid !== null) return sid;
    throw new ConfigurationError(`${JSON.stringify(text)} is no session id: they look like ses_….`);
  });
  await withLedger(flags, async (ledger) => {
    if (flags.everybody === true) await revokeEverybody(ledger, flags);
    else if (flags.user !== undefined) await revokeUser(ledger, flags.user, flags);
    else await revokeEach(ledger, sids, flags);
  });
}

async function revokeEverybody(ledger: Ledger, flags: RevokeFlags): Promise<void> {
  const { ended, keysRevoked } = await signEverybodyOut(ledger, commandContext("sessions revoke --everybody"));
  const keys = keysRevoked === 1 ? "1 signing key was revoked" : `${keysRevoked} signing keys were revoked`;
  tell(flags, { ended, keys_revoked: keysRevoked }, `${counted(ended)}; ${keys}. Everybody has to sign in again.`);
}

async function revokeUser(ledger: Ledger, name: string, flags: RevokeFlags): Promise<void> {
  const user = await findNamedUser(ledger, name);
  const context = commandContext("sessions revoke --user");
  const revoked =
    user &&
    (await ledger.revokeSessions({ subject: user.subject, except: null, reason: "ended_by_operator", context }));
  if (revoked?.outcome !== "revoked") return failed(flags.json === true, noUser(name));
  tell(flags, { ended: revoked.ended }, `${counted(revoked.ended)}.`);
}

async function revokeEach(ledger: Ledger, sids: readonly Sid[], flags: RevokeFlags): Promise<void> {
  const context = commandContext("sessions revoke");
  const outcomes: { readonly sid: Sid; readonly outcome: "revoked" | "already_ended" | "unknown" }[] = [];
  for (const sid of sids) {
    const { outcome } = await ledger.revokeSession({ sid, subject: null, reason: "ended_by_operator", context });
    outcomes.push({ sid, outcome });
  }
  const sentences = outcomes.map(({ sid, outcome }) => `${sid}: ${SENTENCES[outcome]}.`);
  tell(flags, { sessions: outcomes }, sentences.join("\n"));
  if (outcomes.some(({ outcome }) => outcome === "unknown")) process.exitCode = FAILURE_EXIT;
}

const SENTENCES = {
  revoked: "ended",
  already_ended: "had ended before",
  unknown: "there is no such session; `counterfoil sessions list` shows those that there are",
} as const;

function counted(ended: number): string {
  return ended === 1 ? "1 session ended" : `${ended} sessions ended`;
}

function tell(flags: RevokeFlags, json: object, sentence: string): void {
  print(flags.json === true ? `${JSON.stringify(json)}\n` : `${sentence}\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}
