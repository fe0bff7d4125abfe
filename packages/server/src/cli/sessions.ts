import { isoTime, parseSid, signEverybodyOut } from "@counterfoil/core";
import type { Ledger, Session, SessionCursor, Sid, User } from "@counterfoil/core";
import type { Command } from "commander";
import { deviceOf } from "../http/device.ts";
import { sessionJson } from "../http/session-json.ts";
import { printable } from "../printable.ts";
import { commandContext } from "./context.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { askedWrongly, FAILURE_EXIT } from "./failure.ts";
import { wholeNumber } from "./number.ts";
import { isJson, isoOfSeconds, print } from "./print.ts";
import type { Flags } from "./print.ts";
import { table } from "./table.ts";
import { nameOf, noSuchUser, withUser } from "./users/named-user.ts";
import { withLedger } from "./with-ledger.ts";

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
  addSettingFlags(list, ["COUNTERFOIL_DATA"]).action(listSessions);
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
  const list = (ledger: Ledger, user: User | null) => printSessions(ledger, user, flags);
  if (flags.user !== undefined) await withUser(flags.user, flags, list);
  else await withLedger(flags, (ledger) => list(ledger, null));
}

async function printSessions(ledger: Ledger, user: User | null, flags: ListFlags): Promise<void> {
  const { limit } = flags;
  const { sessions, more } = await readSessions(ledger, { subject: user?.subject, limit });
  print(flags, { sessions: sessions.map(listedJson), more }, () => {
    if (sessions.length === 0) return [user === null ? "Nobody is signed in." : `${nameOf(user)} is not signed in.`];
    return [
      ...table(["SESSION", "USER", "BY", "SINCE (UTC)", "DEVICE"], sessions.map(cells)),
      ...(more ? [`There are more: --limit ${limit * 10} shows them.`] : []),
      "`counterfoil sessions revoke <sid>` ends one; `counterfoil explain <sid>` tells its story.",
    ];
  });
}

function listedJson(session: Session) {
  const json = sessionJson(session, "");
  return {
    ...json,
    created_at: isoOfSeconds(json.created_at),
    last_active_at: isoOfSeconds(json.last_active_at),
    auth_time: isoOfSeconds(json.auth_time),
    expires_at: isoOfSeconds(json.expires_at),
    sub: session.subject,
    username: session.username,
  };
}

function cells(session: Session): readonly string[] {
  const since = isoTime(session.createdAt).slice(0, 16).replace("T", " ");
  return [session.sid, nameOf(session), session.transport, since, printable(deviceOf(session) ?? "")];
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

async function revokeSessions(texts: readonly string[], flags: RevokeFlags): Promise<void> {
  const { user, everybody, yes } = flags;
  const ways = [texts.length > 0, user !== undefined, everybody === true].filter(Boolean);
  const wrong = (sentence: string) => askedWrongly(sentence, isJson(flags));
  if (ways.length !== 1)
    return wrong("Say which sessions, in one way: their ids (ses_…), --user NAME, or --everybody.");
  if (everybody === true && yes !== true) {
    return wrong("This signs everybody out, at once and for good: say --yes if it is meant.");
  }
  const sids = texts.flatMap((text) => parseSid(text) ?? []);
  if (sids.length < texts.length) return wrong("What names a session is its id: they look like ses_….");
  if (user !== undefined) return withUser(user, flags, (ledger, found) => revokeUser(ledger, found, flags));
  await withLedger(flags, (ledger) =>
    everybody === true ? revokeEverybody(ledger, flags) : revokeEach(ledger, sids, flags),
  );
}

async function revokeEverybody(ledger: Ledger, flags: RevokeFlags): Promise<void> {
  const { ended, keysRevoked } = await signEverybodyOut(ledger, commandContext("sessions revoke --everybody"));
  const keys = keysRevoked === 1 ? "1 signing key was revoked" : `${keysRevoked} signing keys were revoked`;
  print(flags, { ended, keys_revoked: keysRevoked }, () => [
    `${counted(ended)}; ${keys}. Everybody has to sign in again.`,
  ]);
}

async function revokeUser(ledger: Ledger, user: User, flags: RevokeFlags): Promise<void> {
  const context = commandContext("sessions revoke --user");
  const { subject } = user;
  const revoked = await ledger.revokeSessions({ subject, except: null, reason: "ended_by_operator", context });
  // Another administrator was quicker to delete it.
  if (revoked.outcome === "unknown") return noSuchUser(flags.user ?? "", flags);
  print(flags, { ended: revoked.ended }, () => [`${counted(revoked.ended)}.`]);
}

async function revokeEach(ledger: Ledger, sids: readonly Sid[], flags: RevokeFlags): Promise<void> {
  const context = commandContext("sessions revoke");
  const outcomes: { readonly sid: Sid; readonly outcome: "revoked" | "already_ended" | "unknown" }[] = [];
  for (const sid of sids) {
    const { outcome } = await ledger.revokeSession({ sid, subject: null, reason: "ended_by_operator", context });
    outcomes.push({ sid, outcome });
  }
  const sentences = outcomes.map(({ sid, outcome }) => `${sid}: ${SENTENCES[outcome]}.`);
  print(flags, { sessions: outcomes }, () => sentences);
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
