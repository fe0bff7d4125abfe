import type { RevocationsRestored, Sid, Subject } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";
import { sql } from "kysely";
import { endReason, restoredUser, sortEntries } from "../rule/restoration.ts";
import type { ClaimsEntry, SessionEntry, SortedEntries } from "../rule/restoration.ts";
import type { Transaction } from "./engine.ts";
import { appendEvents } from "./events.ts";
import { endSigningKey, lockKeys } from "./keys.ts";
import { padded } from "./list.ts";
import { appendEntries, appendRevocation } from "./revocations.ts";
import type { UserRow } from "./schema.ts";
import { endSession, endSessionsOf } from "./sessions/end.ts";
import { lockSession, rowRanOut } from "./sessions/row.ts";
import { dropPasswordCode } from "./users/password.ts";
import { lockUserRow } from "./users/row.ts";

/**
 * See `LogLedger.restoreRevocations`. What one server has restored is in the log as it was, so the next one, which waits
 * for the lock, finds nothing to do.
 */
export async function restoreRevocations(tx: Transaction, entries: readonly FeedEntry[]): Promise<RevocationsRestored> {
  await lockKeys(tx);
  const lost = await missing(tx, entries);
  if (lost.length === 0) return { outcome: "nothing_lost" };
  const { sessions, users, keys } = sortEntries(lost);
  const rows = await lockUsers(tx, [...users.keys()], sessions);
  const now = await tx.now();
  const told = await toldVersions(tx, rows, users);
  const counts = { sessions: 0, users: 0, keys: 0 };
  for (const [sub, changes] of users) {
    const row = rows.get(sub);
    const ended = row === undefined ? null : await restoreUser(tx, now, row, changes, told.get(sub));
    if (ended === null) continue;
    counts.users++;
    counts.sessions += ended;
  }
  for (const entry of sessions) if (await restoreEnd(tx, now, entry)) counts.sessions++;
  for (const { kid } of keys) {
    if ((await endSigningKey(tx, { kid, to: "revoked" })).outcome === "ended") counts.keys++;
  }
  // Also of what the ledger knows nothing about: a session of which it has lost the beginning too has tokens all the same.
  await appendEntries(tx, now, lost);
  const body = { type: "revocations_restored", ...counts } as const;
  await appendEvents(tx, now, [{ body, subject: null, sid: null, context: null }]);
  return { outcome: "restored", ...counts };
}

/** Those that the log does not have, each once. */
async function missing(tx: Transaction, entries: readonly FeedEntry[]): Promise<readonly FeedEntry[]> {
  const byText = new Map(entries.map((entry) => [JSON.stringify(entry), entry]));
  const texts = padded([...byText.keys()]);
  if (texts.length === 0) return [];
  const there = await tx.db.selectFrom("revocations").select("entry").where("entry", "in", texts).execute();
  for (const { entry } of there) byText.delete(entry);
  return [...byText.values()];
}

/**
 * Of those who were decided about, and of the sessions: then nobody else ends several of them at once, in another
 * order. In one order among those who do this.
 */
async function lockUsers(
  tx: Transaction,
  subjects: readonly string[],
  sessions: readonly SessionEntry[],
): Promise<ReadonlyMap<string, UserRow>> {
  const sids = padded(sessions.map(({ sid }) => sid as Sid));
  const owners =
    sids.length === 0
      ? []
      : await tx.db.selectFrom("sessions").select("subject").distinct().where("sid", "in", sids).execute();
  const all = new Set([...subjects, ...owners.map(({ subject }) => subject)]);
  const rows = new Map<string, UserRow>();
  for (const subject of [...all].toSorted()) {
    const row = await lockUserRow(tx, subject as Subject);
    if (row !== undefined) rows.set(subject, row);
  }
  return rows;
}

/**
 * By subject, the versions of which the log tells, of users who have reached one that is missing. Of all of them in one
 * look: there is no index on what the log says. And under their locks, since until then one may still be added.
 */
async function toldVersions(
  tx: Transaction,
  rows: ReadonlyMap<string, UserRow>,
  users: SortedEntries["users"],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const told = new Map<string, Set<number>>();
  for (const [sub, changes] of users) {
    const version = rows.get(sub)?.claims_version ?? 0;
    if (changes.some(({ claims_version }) => claims_version <= version)) told.set(sub, new Set());
  }
  if (told.size === 0) return told;
  const beginnings = [...told.keys()].map(beginningOf);
  // One, as long as all subjects are of one length.
  const lengths = [...new Set(beginnings.map(({ length }) => length))];
  const found = await tx.db
    .selectFrom("revocations")
    .select("entry")
    .where((row) => row.or(lengths.map((length) => row(sql`substr(entry, 1, ${length})`, "in", padded(beginnings)))))
    .execute();
  for (const { entry } of found) {
    const { sub, claims_version } = JSON.parse(entry) as ClaimsEntry;
    told.get(sub)?.add(claims_version);
  }
  return told;
}

/** What all entries about the user begin with. */
function beginningOf(sub: string): string {
  return JSON.stringify({ type: "claims-changed", sub }).replace(/\}$/, ",");
}

/** @returns how many of the user's sessions ended; `null` if nothing was lost */
async function restoreUser(
  tx: Transaction,
  now: number,
  row: UserRow,
  changes: readonly ClaimsEntry[],
  told: ReadonlySet<number> = new Set(),
): Promise<number | null> {
  const { subject } = row;
  const restored = restoredUser(row.claims_version, changes, told);
  if (restored === null) return null;
  const { claimsVersion, ending } = restored;
  const disables = restored.disabled && row.disabled === 0 && row.deleted_at === null;
  await tx.db
    .updateTable("users")
    .set({ claims_version: claimsVersion, ...(disables && { disabled: 1 }) })
    .where("subject", "=", subject)
    .execute();
  if (!changes.some(({ claims_version }) => claims_version === claimsVersion)) {
    const entry = { type: "claims-changed", sub: subject, claims_version: claimsVersion } as const;
    await appendRevocation(tx, now, ending ?? "roles_changed", entry);
  }
  if (disables) {
    await dropPasswordCode(tx, subject);
    await appendEvents(tx, now, [{ body: { type: "user_disabled" }, subject, sid: null, context: null }]);
  }
  return ending === null ? 0 : endSessionsOf(tx, subject, null, { reason: ending, now, context: null });
}

/** @returns whether the session was live until now */
async function restoreEnd(tx: Transaction, now: number, entry: SessionEntry): Promise<boolean> {
  const row = await lockSession(tx, entry.sid as Sid);
  if (row === undefined || row.ended_at !== null) return false;
  const ranOut = rowRanOut(row, now);
  await endSession(tx, row, { reason: ranOut ?? endReason(entry), now, context: null });
  return ranOut === null;
}
