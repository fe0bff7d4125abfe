import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import { COMMAND_LINE } from "@counterfoil/core";
import type { EventBody, Ledger, NewEvent } from "@counterfoil/core";
import { expect, it } from "vitest";
import { context, createUser, facts, open, revocations, signIn, subjectOf } from "../make.ts";
import type { MakeStore } from "../store.ts";

async function revokeNew(ledger: Ledger): Promise<string> {
  const { sid } = await signIn(ledger);
  await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
  return sid;
}

export function logsContract(make: MakeStore): void {
  it("R126 each read goes on where the last one ended", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    const start = await ledger.readRevocations(null);
    expect(start).toMatchObject({ entries: [], now: clock.now() });
    const one = await revokeNew(ledger);
    const two = await revokeNew(other);
    const read = await ledger.readRevocations(start.cursor);
    expect(facts(read)).toEqual([
      { type: "session-revoked", sid: one },
      { type: "session-revoked", sid: two },
    ]);
    expect(read.timeline).toBe(start.timeline);
    const next = await ledger.readRevocations(read.cursor);
    expect(next).toMatchObject({ entries: [], cursor: read.cursor });
    const three = await revokeNew(ledger);
    expect(facts(await other.readRevocations(next.cursor))).toEqual([{ type: "session-revoked", sid: three }]);
  });

  it("R126 readers that follow while many write miss nothing", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const seen = new Set<string>();
    let writing = true;
    const follow = async (reader: Ledger) => {
      let cursor: string | null = null;
      for (let last = false; !last;) {
        last = !writing;
        // oxlint-disable-next-line no-await-in-loop -- one read after another is what is tested
        const read: Awaited<ReturnType<Ledger["readRevocations"]>> = await reader.readRevocations(cursor);
        for (const entry of read.entries) if (entry.type === "session-revoked") seen.add(entry.sid);
        cursor = read.cursor;
        // oxlint-disable-next-line no-await-in-loop
        await new Promise((turn) => setImmediate(turn));
      }
    };
    const reading = follow(ledger);
    const written = await Promise.all(
      Array.from({ length: 60 }, (_, index) => revokeNew(index % 2 === 0 ? ledger : other)),
    );
    writing = false;
    await reading;
    expect([...seen].toSorted()).toEqual(written.toSorted());
  });

  it("R126 a read that is under way while a revocation commits tells it, or the next one does", async () => {
    await using store = await make();
    const { ledger, other } = store;
    let { cursor } = await ledger.readRevocations(null);
    // Each time one step later, so that the commit falls between any two steps of the read.
    for (let steps = 0; steps < 120; steps++) {
      const { sid } = await signIn(other);
      // Else the revocation would still be waiting for its turn behind the sign-in.
      await new Promise((turn) => setImmediate(turn));
      const revoked = other.revokeSession({ sid, subject: null, reason: "logout", context: null });
      for (let step = 0; step < steps; step++) await Promise.resolve();
      const during = await ledger.readRevocations(cursor);
      await revoked;
      const after = await ledger.readRevocations(during.cursor);
      expect([...facts(during), ...facts(after)]).toContainEqual({ type: "session-revoked", sid });
      ({ cursor } = after);
    }
  });

  it.each(["", "x", "-1", "1.5", "1e3", "007", "999999", "99999999999999999999", "0x10", " 1", "1\n"])(
    "R126 a cursor that the log never gave (%j) gets everything that still matters",
    async (cursor) => {
      await using store = await make();
      const { ledger } = store;
      const sid = await revokeNew(ledger);
      const read = await ledger.readRevocations(cursor);
      expect(facts(read)).toEqual([{ type: "session-revoked", sid }]);
      expect((await ledger.readRevocations(read.cursor)).entries).toEqual([]);
    },
  );

  it("R132 an entry lives 16 minutes from its commit, a key's for ever, and a purge takes only the dead", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const key = { algorithm: "ES256", publicJwk: null, sealedKey: new Uint8Array(1), secretVersion: 1 } as const;
    await ledger.addSigningKey({ ...key, kid: "k" });
    await ledger.endSigningKey({ kid: "k", to: "revoked" });
    const forEver = { type: "key-revoked", kid: "k" };
    const { cursor } = await ledger.readRevocations(null);
    const old = await revokeNew(ledger);
    clock.stepSeconds(REVOCATION_TTL_SECONDS - 1);
    const young = await revokeNew(ledger);
    const purge = { limit: 100, keepEndedSessionsSeconds: 1e6, keepEventsSeconds: 1e6 };
    expect(await ledger.purge(purge)).toMatchObject({ revocations: 0 });
    expect(await revocations(ledger)).toEqual([
      forEver,
      { type: "session-revoked", sid: old },
      { type: "session-revoked", sid: young },
    ]);
    clock.stepSeconds(1);
    expect(await revocations(ledger)).toEqual([forEver, { type: "session-revoked", sid: young }]);
    expect(await ledger.purge(purge)).toMatchObject({ revocations: 1 });
    expect(await ledger.purge(purge)).toMatchObject({ revocations: 0 });
    // The cursor from before the purge is as good as ever.
    expect(facts(await ledger.readRevocations(cursor))).toEqual([{ type: "session-revoked", sid: young }]);
  });

  it("a cursor outlives a purge of the whole log: numbers are not given twice", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await revokeNew(ledger);
    await revokeNew(ledger);
    const { cursor } = await ledger.readRevocations(null);
    clock.stepSeconds(REVOCATION_TTL_SECONDS);
    await ledger.purge({ limit: 100, keepEndedSessionsSeconds: 0, keepEventsSeconds: 0 });
    const sid = await revokeNew(ledger);
    expect(facts(await ledger.readRevocations(cursor))).toEqual([{ type: "session-revoked", sid }]);
  });

  it("events are numbered in the order of their writing, dated when they happened, and keep what they tell", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject } = await signIn(ledger);
    const body: EventBody = { type: "refresh_repeated", presented: 1, counter: 2 };
    const written: NewEvent[] = [
      { body, subject, sid, context: context("r1") },
      { body: { type: "access_token_issued" }, subject, sid, context: { ...context("r2"), remoteAddress: null } },
      { body: { type: "events_dropped", count: 3 }, subject: null, sid: null, context: null },
    ];
    clock.stepSeconds(3);
    await ledger.appendEvents(written.map((event, index) => ({ ...event, agoMs: 100 * index })));
    await ledger.appendEvents([]);
    const events = await ledger.readEvents({ limit: 100 });
    expect(events.slice(-3)).toEqual(
      written.map((event, index) => ({ ...event, at: clock.now() - 100 * index, id: 3 + index })),
    );
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
  });

  it("an event keeps who did it: an administrator, or the command line; and nobody where that is the user", async () => {
    await using store = await make();
    const { ledger } = store;
    const { subject } = await signIn(ledger);
    const by = (actor: string) => ({ ...context(), actor });
    await ledger.setRoles({ subject, roles: ["one"], context: by("usr_admin") });
    await ledger.setRoles({ subject, roles: ["two"], context: by(COMMAND_LINE) });
    await ledger.setRoles({ subject, roles: ["three"], context: context() });
    const changes = (await ledger.readEvents({ subject, limit: 9 })).slice(-3);
    expect(changes.map((event) => event.context?.actor)).toEqual(["usr_admin", COMMAND_LINE, undefined]);
    expect("actor" in changes[2]!.context!).toBe(false);
  });

  it("events are found by session, subject, request and place, and by all of them", async () => {
    await using store = await make();
    const { ledger } = store;
    const user = await createUser(ledger);
    const one = await open(ledger, user, { context: context("same") });
    const two = await open(ledger, user, { context: context("same") });
    const ids = async (query: Parameters<Ledger["readEvents"]>[0]) =>
      (await ledger.readEvents(query)).map(({ id }) => id);
    expect(await ids({ sid: one.sid, limit: 9 })).toEqual([2]);
    expect(await ids({ subject: user.subject, limit: 9 })).toEqual([1, 2, 3]);
    expect(await ids({ requestId: "same", limit: 9 })).toEqual([2, 3]);
    expect(await ids({ requestId: "same", sid: two.sid, limit: 9 })).toEqual([3]);
    expect(await ids({ after: 1, limit: 1 })).toEqual([2]);
    expect(await ids({ subject: subjectOf("no"), limit: 9 })).toEqual([]);
  });

  it("writes a thousand events in one go", async () => {
    await using store = await make();
    const { ledger } = store;
    const events = Array.from({ length: 1001 }, (_, count): NewEvent => {
      return { body: { type: "events_dropped", count }, subject: null, sid: null, context: null };
    });
    await ledger.appendEvents(events.map((event) => ({ ...event, agoMs: 0 })));
    const read = await ledger.readEvents({ limit: 2000 });
    expect(read.map(({ body }) => body)).toEqual(events.map(({ body }) => body));
  });
}

export function changesContract(make: MakeStore): void {
  it("mayHaveChanged tells of everybody's revocations, and is quiet where nobody wrote", async () => {
    await using store = await make();
    const { ledger, other } = store;
    expect(ledger.mayHaveChanged()).toBe(true);
    await ledger.readRevocations(null);
    expect(ledger.mayHaveChanged()).toBe(false);
    await revokeNew(ledger);
    expect(ledger.mayHaveChanged()).toBe(true);
    expect(ledger.mayHaveChanged()).toBe(true);
    const { cursor } = await ledger.readRevocations(null);
    expect(ledger.mayHaveChanged()).toBe(false);
    await revokeNew(other);
    expect(ledger.mayHaveChanged()).toBe(true);
    expect((await ledger.readRevocations(cursor)).entries).toHaveLength(1);
    expect(ledger.mayHaveChanged()).toBe(false);
  });
}
