import fc from "fast-check";
import { expect, test } from "vitest";
import type { RevocationsRead } from "../ledger/log.ts";
import { KEPT_MS, nameOf, parse, revokeKey, serve } from "../../test/feed.ts";
import { addUser, FakeClock, openLedger, over, SEED } from "../../test/platform.ts";

/** One step of a run: something is decided, read or forgotten, or a reader takes, is cut off, and comes back. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("decide" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("key" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), server: fc.nat(1) }) },
  // Something long is under way, and keeps the cursor; or is over, and something younger keeps it.
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hold" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), by: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), share: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("take" as const), most: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("resume" as const), server: fc.nat(1), earlier: fc.nat(3) }),
  },
);

test("R126 whatever is decided, read, forgotten and resumed in whatever order, a reader with a receipt knows all that the ledger has", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new FakeClock();
      const whole = await openLedger(clock);
      let heldAt = Number.POSITIVE_INFINITY;
      const readRevocations = async (cursor: string | null): Promise<RevocationsRead> => {
        const read = await whole.readRevocations(cursor);
        return Number(read.cursor) <= heldAt ? read : { ...read, cursor: String(heldAt), held: true };
      };
      const ledger = over(whole, { readRevocations });
      const { subject } = await addUser(ledger, "kavya", null);
      let roles = 0;
      const servers = [serve(ledger, clock), serve(ledger, clock)];
      const known = new Set<string>();
      const places: (string | null)[] = [null];
      let keys = 0;
      let reader = await servers[0]!.log.open(null);
      const take = () => {
        const taken = reader.take(1);
        if (taken === null || taken === "over") return taken;
        for (const chunk of taken.chunks) for (const entry of parse(chunk)) known.add(nameOf(entry));
        if (taken.receipt !== null) places.push(taken.receipt.place);
        return taken;
      };
      for (const each of steps) {
        if (each.do === "decide") await ledger.setRoles({ subject, roles: [`role${roles++}`], context: null });
        else if (each.do === "key") await revokeKey(ledger, `key ${keys++}`);
        else if (each.do === "read") await servers[each.server]!.follower.catchUp();
        else if (each.do === "hold") heldAt = Math.min(heldAt, Number((await whole.readRevocations(null)).cursor));
        else if (each.do === "release") heldAt += each.by;
        else if (each.do === "pass") clock.pass((each.share * KEPT_MS) / 12);
        else if (each.do === "take") for (let taken = 0; taken < each.most; taken++) take();
        else reader = await servers[each.server]!.log.open(places.at(-1 - Math.min(each.earlier, places.length - 1))!);
      }
      // Whatever had happened: it comes back with its last place, and then has everything.
      reader = await servers[1]!.log.open(places.at(-1)!);
      let last = take();
      while (last !== null && last !== "over") last = take();
      expect(last).toBeNull();
      const { entries } = await ledger.readRevocations(null);
      expect(entries.map(nameOf).filter((name) => !known.has(name))).toEqual([]);
    }),
    { seed: SEED, numRuns: 300 },
  );
});
