import type { Ledger, SessionCursor, Sid, User } from "@counterfoil/core";
import { expect, it } from "vitest";
import { MOST_SESSIONS_LOOKED_AT } from "../../src/rule/page.ts";
import { context, createUser, expectEnded, open, redeem, resolve, revocations, signIn } from "../make.ts";
import type { MakeStore } from "../store.ts";

/** Signs in at once, which SQLite writes together. */
function openMany(ledger: Ledger, user: User, count: number, transport: "cookie" | "bearer" = "bearer") {
  const options = { transport, sessionLimit: 100_000 } as const;
  return inTurns(count, () => open(ledger, user, options));
}

/** Two dozen at once: a database has so many connections, and whoever waits too long for one is refused. */
async function inTurns<T>(count: number, task: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  while (results.length < count) {
    const turn = Math.min(24, count - results.length);
    // oxlint-disable-next-line no-await-in-loop -- one turn after another
    results.push(...(await Promise.all(Array.from({ length: turn }, task))));
  }
  return results;
}

const everything = { limit: 100, endedBefore: 0, tellEach: false, context: null };

/** The sessions of administrators: those of everybody. */
export function everybodyContract(make: MakeStore): void {
  it("everybody's live sessions are listed newest first, page by page, also those of one moment", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const user = await createUser(ledger);
    const opened: Sid[] = [];
    for (let moment = 0; moment < 4; moment++) {
      const together = [await signIn(ledger), { sid: (await open(ledger, user)).sid }, await signIn(ledger)];
      opened.unshift(
        ...together
          .map(({ sid }) => sid)
          .toSorted()
          .toReversed(),
      );
      clock.stepSeconds(1);
    }
    const gone = await signIn(ledger, { inactivitySeconds: 1 });
    const ended = await signIn(ledger);
    await ledger.revokeSession({ sid: ended.sid, subject: null, reason: "logout", context: null });
    clock.stepSeconds(1);
    const seen: Sid[] = [];
    let cursor: SessionCursor | null = null;
    do {
      // oxlint-disable-next-line no-await-in-loop -- a page tells where the next one begins
      const page: Awaited<ReturnType<Ledger["listAllSessions"]>> = await ledger.listAllSessions({ cursor, limit: 5 });
      seen.push(...page.sessions.map(({ sid }) => sid));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(opened);
    expect(seen).not.toContain(gone.sid);
  });

  it("and by user and by transport; a page is what one user's own list says", async () => {
    await using store = await make();
    const { ledger } = store;
    const { subject, session } = await signIn(ledger, { transport: "cookie", deviceName: "Kitchen tablet" });
    await signIn(ledger);
    const list = async (query: object) => (await ledger.listAllSessions({ cursor: null, limit: 9, ...query })).sessions;
    expect(await list({})).toHaveLength(2);
    expect(await list({ subject })).toEqual([session]);
    expect(session.deviceName).toBe("Kitchen tablet");
    expect(await list({ transport: "cookie" })).toEqual([session]);
    expect(await list({ transport: "bearer", subject })).toEqual([]);
  });

  it("a page looks at so many sessions, and says where to go on where what is asked for is rare", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const user = await createUser(ledger);
    const [rare] = await openMany(ledger, user, 1, "cookie");
    clock.stepSeconds(1);
    await openMany(ledger, user, MOST_SESSIONS_LOOKED_AT);
    const query = { transport: "cookie", limit: 10 } as const;
    const first = await ledger.listAllSessions({ ...query, cursor: null });
    expect(first.sessions).toEqual([]);
    expect(first.next).not.toBeNull();
    expect(await ledger.listAllSessions({ ...query, cursor: first.next })).toEqual({ sessions: [rare], next: null });
  });

  it("R025 every session ends, of whomever, in batches, with one event that has the number", async () => {
    await using store = await make();
    const { ledger } = store;
    const cookie = await signIn(ledger, { transport: "cookie" });
    const bearer = await signIn(ledger);
    await openMany(ledger, bearer.user, 3);
    const before = await signIn(ledger);
    await ledger.revokeSession({ sid: before.sid, subject: null, reason: "logout", context: null });
    const told = await revocations(ledger);
    const end = { limit: 2, tellEach: false, context: { ...context("req_everybody"), actor: "usr_admin" } };
    expect(await ledger.endEverySession({ ...end, endedBefore: 0 })).toEqual({ ended: 2, more: true });
    expect(await ledger.readEvents({ requestId: "req_everybody", limit: 9 })).toEqual([]);
    expect(await ledger.endEverySession({ ...end, endedBefore: 2 })).toEqual({ ended: 2, more: true });
    expect(await ledger.endEverySession({ ...end, endedBefore: 4 })).toEqual({ ended: 1, more: false });
    for (const { sid } of [cookie, bearer]) await expectEnded(ledger, sid, "everybody");
    await expectEnded(ledger, before.sid, "logout");
    expect(await resolve(ledger, cookie.sid)).toMatchObject({ outcome: "ended", reason: "everybody" });
    expect(await redeem(ledger, bearer.sid, 0)).toMatchObject({ outcome: "revoked", reason: "everybody" });
    const [event, ...others] = await ledger.readEvents({ requestId: "req_everybody", limit: 9 });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      body: { type: "every_session_ended", ended: 5 },
      subject: null,
      context: { actor: "usr_admin" },
    });
    expect(await revocations(ledger)).toEqual(told);
    expect((await ledger.listAllSessions({ cursor: null, limit: 9 })).sessions).toEqual([]);
  });

  it("the feed is told of each where it is to be, and a clock that was first is not counted", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const live = await signIn(ledger);
    const over = await signIn(ledger, { inactivitySeconds: 10 });
    clock.stepSeconds(10);
    expect(await ledger.endEverySession({ ...everything, tellEach: true })).toEqual({ ended: 1, more: false });
    await expectEnded(ledger, over.sid, "inactive");
    const told = await revocations(ledger);
    expect(told).toHaveLength(2);
    for (const { sid } of [live, over]) expect(told).toContainEqual({ type: "session-revoked", sid });
    expect(await ledger.endEverySession(everything)).toEqual({ ended: 0, more: false });
  });

  it("R025 of many who end everybody at once each session is ended, and counted, by one", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const user = await createUser(ledger);
    await openMany(ledger, user, 60);
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).endEverySession({ ...everything, limit: 7 }),
      ),
    );
    expect(outcomes.reduce((sum, { ended }) => sum + ended, 0)).toBe(60);
    expect(await ledger.listSessions(user.subject)).toEqual([]);
  });
}
