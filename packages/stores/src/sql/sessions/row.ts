import { ranOut } from "@counterfoil/core";
import type { LocatorHash, Session, SessionClocks, Sid } from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import type { SessionRow, UserRow } from "../schema.ts";
import { statement } from "../statement.ts";

/** The session's row, locked. */
export function lockSession(tx: Transaction, sid: Sid): Promise<SessionRow | undefined> {
  return tx.locked(tx.db.selectFrom("sessions").selectAll().where("sid", "=", sid)).executeTakeFirst();
}

interface Presented {
  readonly locatorHash: LocatorHash;
  readonly transport: SessionRow["transport"];
}

const selectPresented = statement((tx, { locatorHash, transport }: Presented) => {
  const select = tx.db.selectFrom("sessions").selectAll().where("locator_hash", "=", locatorHash);
  return tx.locked(select.where("transport", "=", transport));
});

/** The row behind a handle of that transport, locked. Each kind of handle opens its own kind of session only. */
export async function lockPresented(tx: Transaction, presented: Presented): Promise<SessionRow | undefined> {
  const [row] = await selectPresented(tx, presented);
  return row;
}

export type UserClaims = Pick<UserRow, "roles" | "claims_version">;

const selectClaims = statement((tx, { subject }: Pick<UserRow, "subject">) =>
  tx.db.selectFrom("users").select(["roles", "claims_version"]).where("subject", "=", subject),
);

/**
 * What an access token says of the user. A statement of its own, after the session's lock: on PostgreSQL a join under
 * `FOR UPDATE` would wait for the lock and then return the roles from before the wait.
 */
export async function readClaims(tx: Transaction, { subject }: SessionRow): Promise<UserClaims> {
  const [claims] = await selectClaims(tx, { subject });
  if (claims === undefined) throw new TypeError("a session's user is never taken away");
  return claims;
}

export function toSession(row: SessionRow, user: UserClaims): Session {
  return {
    sid: row.sid,
    subject: row.subject,
    username: row.username,
    transport: row.transport,
    remember: row.remember === 1,
    clientId: row.client_id,
    audience: row.audience,
    amr: JSON.parse(row.amr) as string[],
    authTime: row.auth_time,
    createdAt: row.created_at,
    lastActiveAt: row.last_active_at,
    inactivitySeconds: row.inactivity_seconds,
    expiresAt: row.expires_at,
    userAgent: row.user_agent,
    deviceName: row.device_name,
    counter: row.counter,
    roles: JSON.parse(user.roles) as string[],
    claimsVersion: user.claims_version,
  };
}

/** Which of the row's clocks has run out. */
export function rowRanOut(
  row: Pick<SessionRow, "last_active_at" | "inactivity_seconds" | "expires_at">,
  now: number,
): ReturnType<typeof ranOut> {
  const clocks: SessionClocks = {
    lastActiveAt: row.last_active_at,
    inactivitySeconds: row.inactivity_seconds,
    expiresAt: row.expires_at,
  };
  return ranOut(clocks, now);
}
