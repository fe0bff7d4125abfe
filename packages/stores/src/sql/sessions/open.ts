import type { NewEvent, OpenSession, SessionOpened } from "@counterfoil/core";
import { overLimit } from "../../rule/limit.ts";
import { cutUserAgent } from "../../rule/user-agent.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { SessionRow } from "../schema.ts";
import { admitExternalUser } from "../users/external.ts";
import { lockUser } from "../users/row.ts";
import { lockLive, revokeLocked } from "./end.ts";
import { rowRanOut, toSession } from "./row.ts";
import type { UserClaims } from "./row.ts";

/** See `SessionLedger.openSession`. */
export async function openSession(tx: Transaction, input: OpenSession): Promise<SessionOpened> {
  const admitted = input.user.kind === "known" ? await admit(tx, input.user) : await admitExternalUser(tx, input);
  if ("outcome" in admitted) return admitted;
  const { user, now } = admitted;
  await makeRoom(tx, input, now);
  const row = newRow(input, now);
  await tx.atOnce(
    () => tx.db.insertInto("sessions").values(row).execute(),
    () => appendEvents(tx, now, [opened(input)]),
  );
  return { outcome: "opened", session: toSession(row, user), now };
}

/** The user's row is locked from here on, so what the password was checked against still holds at the commit. */
async function admit(
  tx: Transaction,
  { subject, claimsVersion }: Extract<OpenSession["user"], { kind: "known" }>,
): Promise<Exclude<SessionOpened, { outcome: "opened" }> | { user: UserClaims; now: number }> {
  const [user, now] = await tx.atOnce(
    () => lockUser(tx, subject),
    () => tx.now(),
  );
  if (user === undefined) return { outcome: "unknown" };
  if (user.claims_version !== claimsVersion) return { outcome: "claims_moved" };
  if (user.disabled === 1) return { outcome: "disabled", subject };
  return { user, now };
}

/** Counted under the user's lock: fifty sign-ins at once cannot each find the last free place. */
async function makeRoom(tx: Transaction, { user, sessionLimit, context }: OpenSession, now: number): Promise<void> {
  const open = tx.db
    .selectFrom("sessions")
    .select(["sid", "subject", "created_at", "last_active_at", "inactivity_seconds", "expires_at"])
    .where("subject", "=", user.subject)
    .where("ended_at", "is", null);
  const live = [];
  for (const row of await open.execute()) {
    if (rowRanOut(row, now) === null) {
      live.push({ ...row, lastActiveAt: row.last_active_at, createdAt: row.created_at });
    } else {
      await lockLive(tx, { ...row, context });
    }
  }
  for (const { sid, subject } of overLimit(live, sessionLimit)) {
    // Locked one by one, as there is nearly never one; somebody may have ended it meanwhile.
    const locked = await lockLive(tx, { sid, subject, context });
    if (typeof locked !== "string") await revokeLocked(tx, locked.row, { reason: "session_limit", now, context });
  }
}

function newRow(input: OpenSession, now: number): SessionRow {
  return {
    sid: input.sid,
    locator_hash: input.locatorHash,
    subject: input.user.subject,
    username: input.username,
    transport: input.transport,
    remember: input.remember ? 1 : 0,
    client_id: input.clientId,
    audience: input.audience,
    amr: JSON.stringify(input.amr),
    auth_time: now,
    created_at: now,
    last_active_at: now,
    inactivity_seconds: input.inactivitySeconds,
    expires_at: now + input.lifetimeSeconds * 1000,
    user_agent: cutUserAgent(input.context.userAgent),
    counter: 0,
    issued_at: now,
    seen: 0,
    rotation_key: null,
    data: "{}",
    data_version: 0,
    ended_at: null,
    end_reason: null,
    due_at: now + Math.min(input.inactivitySeconds, input.lifetimeSeconds) * 1000,
    device_name: input.deviceName,
  };
}

function opened(input: OpenSession): NewEvent {
  return {
    body: { type: "session_opened", transport: input.transport, remember: input.remember },
    subject: input.user.subject,
    sid: input.sid,
    context: input.context,
  };
}
