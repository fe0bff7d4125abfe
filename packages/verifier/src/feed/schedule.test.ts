import type { Revocation } from "@counterfoil/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HeldClock } from "../../test/held-clock.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import { LogCopy } from "./log-copy.ts";
import type { Reading } from "./log-copy.ts";

const SPAN_MS = 12_000;
const BOUND_MS = 1000;

/** A request as it truly went: the reads of one server process, and what its answers waited for on their way. */
const request = fc.record({
  askedAt: fc.nat(SPAN_MS),
  firstRead: fc.oneof(fc.nat(100), fc.nat(2000)),
  reads: fc.array(fc.record({ gap: fc.nat(600), wait: fc.oneof(fc.nat(50), fc.nat(3000)) }), {
    minLength: 1,
    maxLength: 20,
  }),
  /** Of the process: another start for each. */
  monotonicStart: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  /** It cannot go on where we were, and tells everything. */
  tellsAll: fc.boolean(),
  /** Its last entries come, and the connection breaks before their receipt. */
  breaks: fc.boolean(),
});

const schedule = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 10 }),
  /** When something was revoked. */
  revokedAt: fc.array(fc.nat(SPAN_MS), { maxLength: 40 }),
  /** When the ledger was restored, and has another history from then on. */
  restoredAt: fc.option(fc.nat(SPAN_MS), { freq: 3 }),
  /** When the verifier's machine is suspended: its monotonic clock stands still. */
  sleeps: fc.option(fc.record({ at: fc.nat(SPAN_MS), lasts: fc.nat(5000) }), { freq: 3 }),
  checks: fc.array(fc.nat(2 * SPAN_MS), { minLength: 20, maxLength: 40 }),
});

type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

/** Plays it. @returns what was revoked more than a second ago, and was not known while the copy was fresh */
function play({ requests, revokedAt, restoredAt, sleeps, checks }: Schedule): string[] {
  const clock = new HeldClock();
  const known = new Set<string>();
  const add = (entry: Revocation) => void known.add(JSON.stringify(entry));
  const copy = new LogCopy(clock, {
    apply: add,
    // More than it asks for: so that nothing is known from the history before.
    beginAnew(entries) {
      known.clear();
      entries.forEach(add);
    },
    completed: () => undefined,
    notUnderstood: () => undefined,
  });
  const log = revokedAt
    .toSorted((a, b) => a - b)
    .map((at, index) => ({ at, entry: { type: "session-revoked", sid: `ses_${index}` } as const }));
  /** What a restored ledger has told: all but what was decided in the second before, which was lost. */
  const isTold = (at: number, by: number) =>
    at <= by && (restoredAt === null || by < restoredAt || at > restoredAt || at < restoredAt - BOUND_MS);
  const timelineAt = (at: number) => (restoredAt !== null && at >= restoredAt ? "t2" : "t1");
  const seenBy = (readAt: number) => log.filter(({ at }) => isTold(at, readAt)).map(({ entry }) => entry);

  const slept = (until: number) => (sleeps === null ? 0 : Math.min(Math.max(until - sleeps.at, 0), sleeps.lasts));
  const wakesBy = (at: number) => (slept(at) === 0 || slept(at) === sleeps?.lasts ? at : sleeps!.at + sleeps!.lasts);

  const missed: string[] = [];
  const events: { readonly at: number; readonly act: (now: number) => void }[] = [];
  for (const each of requests) {
    let reading: Reading | null = null;
    let cut = false;
    const guarded = (act: () => void) => () => {
      if (cut) return;
      try {
        act();
      } catch (error) {
        if (!(error instanceof IssuerError)) throw error;
        cut = true;
      }
    };
    const askedAt = wakesBy(each.askedAt);
    events.push({ at: askedAt, act: () => void (reading = copy.begin()) });
    const timeline = timelineAt(askedAt + each.firstRead);
    let readAt = askedAt + each.firstRead;
    let arrivesAt = 0;
    let told: number | null = null;
    for (const [index, { gap, wait }] of each.reads.entries()) {
      readAt += index === 0 ? 0 : gap;
      // Another history ends the stream.
      if (timelineAt(readAt) !== timeline) break;
      arrivesAt = Math.max(arrivesAt, readAt + wait);
      const [read, isLast] = [readAt, index === each.reads.length - 1];
      const seen = seenBy(read);
      events.push({
        at: arrivesAt,
        act: guarded(() => {
          const from = reading!.resumeFrom?.startsWith(`${timeline}.`) === true ? reading!.resumeFrom : null;
          const complete = from === null || each.tellsAll;
          if (index === 0) reading!.open({ version: 1, issuer: "x", timeline, complete });
          told ??= complete ? 0 : Number(from.split(".")[1]);
          reading!.entries({ known: seen.slice(told), unknown: 0 });
          told = Math.max(told, seen.length);
        }),
      });
      if (isLast && each.breaks) break;
      arrivesAt += wait % 20;
      const receipt = { ledger_time: 1_800_000_000_000 + read, read_at: each.monotonicStart + read };
      events.push({ at: arrivesAt, act: guarded(() => void reading!.receipt(receipt, `${timeline}.${seen.length}`)) });
    }
  }
  for (const at of checks) {
    events.push({
      at,
      act: (now) => {
        if (!copy.freshness.isWithin(BOUND_MS, clock.monotonic(), clock.now())) return;
        const due = seenBy(Math.max(0, at - BOUND_MS)).filter((entry) =>
          isTold(log[Number(entry.sid.slice(4))]!.at, at),
        );
        for (const entry of due) if (!known.has(JSON.stringify(entry))) missed.push(`${entry.sid} at ${now}`);
      },
    });
  }
  let now = 0;
  for (const { at, act } of events.toSorted((a, b) => a.at - b.at)) {
    const then = wakesBy(at);
    const asleep = slept(then) - slept(now);
    clock.advance(then - now - asleep);
    clock.step(asleep);
    now = then;
    act(now);
  }
  return missed;
}

test("R123 R126 R127 whatever comes beside, behind or before what else, nothing that was revoked a second ago is unknown while it is fresh", () => {
  fc.assert(
    fc.property(schedule, (each) => {
      expect(play(each)).toEqual([]);
    }),
    { seed: 20_261_204, numRuns: 5000 },
  );
});
