import { decideRedemption } from "@counterfoil/core";
import type { EventBody, NewEvent, Redeem, Redeemed, Redemption, Session } from "@counterfoil/core";
import { activeAt, isRecent } from "../../rule/activity.ts";
import { isFor } from "../../rule/audience.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { SessionRow } from "../schema.ts";
import { statement } from "../statement.ts";
import { endSession, revokeLocked } from "./end.ts";
import { lockPresented, readClaims, rowRanOut, toSession } from "./row.ts";

/** See `SessionLedger.redeem`. */
export async function redeem(tx: Transaction, input: Redeem): Promise<Redeemed> {
  const presented = { locatorHash: input.locatorHash, transport: "bearer" } as const;
  const [row, now] = await tx.atOnce(
    () => lockPresented(tx, presented),
    () => tx.now(),
  );
  if (row === undefined) return { outcome: "unknown" };
  const { sid, subject } = row;
  if (row.ended_at !== null) return over(row);
  const { context } = input;
  const reason = rowRanOut(row, now);
  if (reason !== null) {
    await endSession(tx, row, { reason, now, context });
    return { outcome: "expired", sid, subject, reason };
  }

  const state = { counter: row.counter, issuedAt: row.issued_at, seen: row.seen === 1, rotationKey: row.rotation_key };
  const redemption = decideRedemption(state, input.counter, input.idempotencyKeyHash, now);
  if (redemption.outcome === "reused") {
    const reused = { type: "refresh_reused", presented: input.counter, counter: row.counter } as const;
    await revokeLocked(tx, row, { reason: "reuse", now, context }, [event(row, reused, input)]);
    return { outcome: "reused", sid, subject };
  }
  if (!isFor(row.audience, input.audience)) return { outcome: "other_audience", sid, subject };
  const changes = changesOf(row, redemption, input, now);
  const body = told(row, redemption, input);
  const [claims] = await tx.atOnce(
    () => readClaims(tx, row),
    async () => changes !== null && writeChanges(tx, { sid, ...changes }),
    async () => body !== null && appendEvents(tx, now, [event(row, body, input)]),
  );
  const session = { ...toSession(row, claims), ...shown(changes) };
  return { outcome: redemption.outcome, session, now };
}

type Changes = Pick<SessionRow, "counter" | "issued_at" | "seen" | "rotation_key" | "last_active_at">;

const writeChanges = statement((tx, row: Changes & Pick<SessionRow, "sid">) =>
  tx.db
    .updateTable("sessions")
    .set({
      counter: row.counter,
      issued_at: row.issued_at,
      seen: row.seen,
      rotation_key: row.rotation_key,
      last_active_at: row.last_active_at,
    })
    .where("sid", "=", row.sid),
);

/** What the row is to have; `null` where nothing changes. */
function changesOf(
  row: SessionRow,
  { outcome, write }: Redemption,
  { background }: Redeem,
  now: number,
): Changes | null {
  // A rotation is a write anyway; a repeat becomes one for the sake of its activity only now and then.
  const idle = background || (outcome === "repeated" && isRecent(row.last_active_at, now));
  if (write === null && idle) return null;
  return {
    counter: write?.counter ?? row.counter,
    issued_at: write?.issuedAt ?? row.issued_at,
    seen: (write?.seen ?? row.seen === 1) ? 1 : 0,
    rotation_key: write === null ? row.rotation_key : write.rotationKey,
    last_active_at: idle ? row.last_active_at : activeAt(row.last_active_at, now),
  };
}

/** As much of the changes as the session shows. */
function shown(changes: Changes | null): Partial<Pick<Session, "counter" | "lastActiveAt">> {
  return changes === null ? {} : { counter: changes.counter, lastActiveAt: changes.last_active_at };
}

/** Of a session that had ended before: by its clocks, or by a decision. */
function over({ sid, subject, end_reason: reason }: SessionRow): Redeemed {
  if (reason === "inactive" || reason === "lifetime") return { outcome: "expired", sid, subject, reason };
  return { outcome: "revoked", sid, subject, reason: reason ?? "ended_by_operator" };
}

function told(row: SessionRow, { outcome, ledgerBehind, write }: Redemption, input: Redeem): EventBody | null {
  if (ledgerBehind) return { type: "ledger_behind", presented: input.counter, counter: row.counter };
  if (outcome !== "rotated") return null;
  return { type: "refresh_rotated", counter: write?.counter ?? row.counter, background: input.background };
}

function event({ sid, subject }: SessionRow, body: EventBody, { context }: Redeem): NewEvent {
  return { body, subject, sid, context };
}
