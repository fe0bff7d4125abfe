import { isTokenText } from "@counterfoil/protocol";
import type { SignedOutReason, User } from "../session/session-state.ts";
import { StorageError } from "../storage/storage-error.ts";

/** A session that may be used. */
export interface StoredSession {
  readonly sid: string;
  readonly user: User;
  readonly refreshToken: string;
  /**
   * The `Idempotency-Key` of this refresh token: made at the first attempt to redeem it, and gone with it. Whoever copies
   * the storage between two attempts has none, and is found out by the server.
   */
  readonly key: string | null;
}

/** All that a storage holds. */
export interface StoredRecord {
  /** Whose tokens these are: no other server is ever sent one. */
  readonly server: string;
  readonly session: StoredSession | null;
  /** Why there is no session any more. */
  readonly over: Exclude<SignedOutReason, "no_session"> | null;
  /** Refresh tokens of sessions that were ended here, which the server has not confirmed. They go to `/logout` alone. */
  readonly ended: readonly string[];
}

const VERSION = 1;

export function serializeRecord({ server, session, over, ended }: StoredRecord): string {
  const kept = session && {
    sid: session.sid,
    user: session.user,
    refresh_token: session.refreshToken,
    idempotency_key: session.key,
  };
  return `${JSON.stringify({ version: VERSION, server, session: kept, over, ended })}\n`;
}

/**
 * @param server whose client reads it
 * @param name of the storage, for people
 * @throws StorageError `corrupt`, or `foreign` for another server's. The text is in neither
 */
export function parseRecord(text: string | null, server: string, name: string): StoredRecord {
  const nothing: StoredRecord = { server, session: null, over: null, ended: [] };
  if (text === null) return nothing;
  const read = readJson(text);
  if (isObject(read) && typeof read["version"] === "number" && read["version"] > VERSION) {
    throw new StorageError("foreign", `${name} was written by a newer version of this client: it is left as it is.`);
  }
  const record = isObject(read) && read["version"] === VERSION ? readRecord(read) : null;
  if (record === null) {
    const advice = "Nothing was overwritten: take it away to start over with a sign-in.";
    throw new StorageError(
      "corrupt",
      `${name} holds nothing that this client has written, or not all of it. ${advice}`,
    );
  }
  if (record.server !== server) {
    // Who has signed out of one server may sign in to another.
    if (record.session === null && record.ended.length === 0) return nothing;
    const advice = "each server needs a storage of its own";
    throw new StorageError("foreign", `${name} holds a session of ${record.server}, not of ${server}: ${advice}.`);
  }
  return record;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readRecord(read: Readonly<Record<string, unknown>>): StoredRecord | null {
  const { server, over, ended } = read;
  const session = read["session"] === null ? null : readSession(read["session"]);
  if (typeof server !== "string" || session === undefined) return null;
  if (over !== null && over !== "logout" && over !== "session_over") return null;
  if (!Array.isArray(ended) || !ended.every(isToken)) return null;
  return { server, session, over, ended };
}

function readSession(read: unknown): StoredSession | undefined {
  if (!isObject(read)) return undefined;
  const { sid, refresh_token: refreshToken, idempotency_key: key } = read;
  const user = readUser(read["user"]);
  if (typeof sid !== "string" || user === null || !isToken(refreshToken)) return undefined;
  // In a header, too: what does not fit into one would be quoted in the platform's error.
  if (key !== null && !isToken(key)) return undefined;
  return { sid, user, refreshToken, key };
}

/** A user as the server writes one, and as it is kept; `null` where it is none. */
export function readUser(read: unknown): User | null {
  if (!isObject(read)) return null;
  const { sub, username, roles } = read;
  if (typeof sub !== "string" || (username !== null && typeof username !== "string")) return null;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === "string")) return null;
  return { sub, username, roles };
}

export function isToken(value: unknown): value is string {
  return typeof value === "string" && isTokenText(value);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
