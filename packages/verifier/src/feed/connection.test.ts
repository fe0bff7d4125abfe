import { describe, expect, test } from "vitest";
import { follow, outcomeOf, until } from "../../test/follow.ts";
import type { Following } from "../../test/follow.ts";

const STREAM = "text/event-stream";

/** A verifier that only its stream makes fresh, and when it opened one. */
async function followStreams(prepare?: Parameters<typeof follow>[1]) {
  const opened: number[] = [];
  const following: Following = await follow(
    {
      whenStale: "reject",
      fetch(url, init) {
        if (init.headers["Accept"] === STREAM) opened.push(following.clock.monotonic());
        return fetch(url, init);
      },
    },
    prepare,
  );
  const { clock, server, verifier } = following;

  /** Lets time pass, with a receipt each second. @returns after how many milliseconds another stream was asked for */
  async function untilAnother(): Promise<number> {
    const since = clock.monotonic();
    const { length } = opened;
    for (;;) {
      for (let passed = 0; passed < 1000; passed += 50) {
        clock.advance(50);
        if (opened.length > length) return opened.at(-1)! - since;
      }
      await receipt();
    }
  }

  async function receipt(): Promise<void> {
    const { receipts } = verifier.status;
    server.receipt();
    await until(() => verifier.status.receipts > receipts);
  }

  /** The stream that was asked for takes so long to open. */
  async function openIn(milliseconds: number, held: (() => void)[]): Promise<void> {
    await until(() => held.length === 1);
    const { connects } = verifier.status;
    clock.advance(milliseconds);
    held.shift()!();
    await until(() => verifier.status.connects > connects);
  }

  return { following, untilAnother, openIn, receipt };
}

describe("a stream that was slow to open", () => {
  test("R127 is renewed soon: the network healed while it opened, and the verifier is not stale for a minute", async () => {
    const held: (() => void)[][] = [];
    const { following, untilAnother, openIn } = await followStreams((server) => held.push(server.hold(STREAM)));
    await using _ = following;
    const { verifier, server, token } = following;
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 cold");
    await openIn(3000, held[0]!);
    await until(() => verifier.status.keys === 1);
    // All that it tells has that age, however long it lives.
    expect(verifier.status).toMatchObject({ state: "stale", stalenessMs: 3000 });
    server.release();
    expect(await untilAnother()).toBe(1000);
    await until(() => verifier.status.state === "fresh");
    await until(() => server.open.length === 1);
    expect(await untilAnother()).toBe(60_000);
  });

  test("is renewed less and less often, where all are", async () => {
    const { following, untilAnother, openIn } = await followStreams();
    await using _ = following;
    const { verifier, server } = following;
    await verifier.ready();
    const held = server.hold(STREAM);
    const lifetimes: number[] = [];
    for (let stream = 0; stream < 9; stream++) {
      lifetimes.push(await untilAnother());
      await openIn(300, held);
      expect(verifier.status.state).toBe("fresh");
    }
    expect(lifetimes).toEqual([60, 1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
    server.release();
    await untilAnother();
    await until(() => verifier.status.connects === 11);
    expect(await untilAnother()).toBe(60_000);
  });

  test("is renewed each five seconds, where that leaves the verifier stale: a network that heals is noticed", async () => {
    const { following, untilAnother, openIn } = await followStreams();
    await using _ = following;
    const { verifier, server } = following;
    await verifier.ready();
    const held = server.hold(STREAM);
    await untilAnother();
    const lifetimes: number[] = [];
    for (let stream = 0; stream < 6; stream++) {
      await openIn(1500, held);
      expect(verifier.status.state).toBe("stale");
      lifetimes.push(await untilAnother());
    }
    expect(lifetimes).toEqual([1000, 2000, 4000, 5000, 5000, 5000]);
    await openIn(0, held);
    await until(() => verifier.status.state === "fresh");
  });
});

describe("a stream that proves nothing any more", () => {
  test.each([300, -300])("R127 since the clock was set by %i ms, is renewed before anybody is refused", async (set) => {
    const { following, untilAnother, receipt } = await followStreams();
    await using _ = following;
    const { verifier, clock, states } = following;
    await verifier.ready();
    clock.step(set);
    clock.advance(250);
    await receipt();
    expect(verifier.status.stalenessMs).toBe(250 + Math.max(0, set));
    expect(await untilAnother()).toBe(250);
    await until(() => verifier.status.connects === 2);
    expect(verifier.status.stalenessMs).toBe(0);
    expect(states).toEqual(["fresh"]);
  });

  test("and never did, is renewed once a second", async () => {
    const { following, untilAnother } = await followStreams();
    await using _ = following;
    const { verifier, server, clock } = following;
    await verifier.ready();
    const held = server.hold(STREAM);
    await untilAnother();
    for (let connects = 2; connects < 5; connects++) {
      await until(() => held.length === 1);
      clock.step(300);
      held.shift()!();
      await until(() => verifier.status.connects === connects);
      expect(await untilAnother()).toBe(1000);
    }
  });
});
