import { describe, expect, test } from "vitest";
import { gate, settle } from "../../test/platform.ts";
import { Places } from "./places.ts";
import { Turns } from "./turns.ts";

const OVERLOADED = { outcome: "overloaded" };

/** Works that a test finishes by hand. */
function works() {
  const started: { readonly finish: () => void; readonly fail: (error: Error) => void }[] = [];
  let running = 0;
  let mostAtOnce = 0;
  return {
    started,
    get mostAtOnce() {
      return mostAtOnce;
    },
    work: async (): Promise<string> => {
      const { opened, open, fail } = gate();
      started.push({ finish: open, fail });
      mostAtOnce = Math.max(mostAtOnce, ++running);
      try {
        await opened;
        return "done";
      } finally {
        running--;
      }
    },
  };
}

describe("two places and a queue of three", () => {
  const settings = { concurrency: 2, queueLimit: 3 };

  test("R011 runs two at once and never more, in the order in which they came", async () => {
    const places = new Places(settings);
    const seen = works();
    const { started, work } = seen;
    const results = Array.from({ length: 5 }, () => places.run(work));
    await settle();
    expect(started).toHaveLength(2);
    for (let done = 0; done < 5; done++) {
      started[done]!.finish();
      await settle();
      expect(started).toHaveLength(Math.min(5, done + 3));
    }
    expect(await Promise.all(results)).toEqual(Array.from({ length: 5 }, () => "done"));
    expect(seen.mostAtOnce).toBe(2);
  });

  test("R011 says overloaded at once where the queue is full, and starts nothing", async () => {
    const places = new Places(settings);
    const { started, work } = works();
    const results = Array.from({ length: 5 }, () => places.run(work));
    let asked = false;
    const refused = await places.run(() => {
      asked = true;
      return Promise.resolve("done");
    });
    expect(refused).toEqual(OVERLOADED);
    expect(places.full).toBe(true);
    expect(asked).toBe(false);
    started[0]!.finish();
    await settle();
    // A place in the queue has become free.
    const last = places.run(work);
    expect(await places.run(work)).toEqual(OVERLOADED);
    for (let done = 1; done < 6; done++) {
      started[done]!.finish();
      await settle();
    }
    expect(await Promise.all([...results, last])).toEqual(Array.from({ length: 6 }, () => "done"));
  });

  test("a newcomer cannot slip in before who waits", async () => {
    const places = new Places({ concurrency: 1, queueLimit: 2 });
    const order: string[] = [];
    const { opened, open } = gate();
    const first = places.run(async () => {
      await opened;
      order.push("first");
    });
    const waiting = places.run(() => Promise.resolve(order.push("waiting")));
    open();
    const newcomer = first.then(() => places.run(() => Promise.resolve(order.push("newcomer"))));
    await Promise.all([waiting, newcomer]);
    expect(order).toEqual(["first", "waiting", "newcomer"]);
  });

  test("work that fails frees its place, whether it throws or rejects", async () => {
    const places = new Places({ concurrency: 1, queueLimit: 10 });
    const failing = [
      places.run(() => Promise.reject(new Error("rejected"))),
      places.run(() => {
        throw new Error("thrown");
      }),
      places.run(() => Promise.reject(new Error("rejected again"))),
    ];
    const last = places.run(() => Promise.resolve("done"));
    const settled = await Promise.allSettled(failing);
    expect(settled.map((each) => each.status === "rejected" && (each.reason as Error).message)).toEqual([
      "rejected",
      "thrown",
      "rejected again",
    ]);
    expect(await last).toBe("done");
    expect(await places.run(() => Promise.resolve("done"))).toBe("done");
  });

  test("without a queue it takes what fits and nothing else", async () => {
    const places = new Places({ concurrency: 1, queueLimit: 0 });
    const { started, work } = works();
    const first = places.run(work);
    expect(await places.run(work)).toEqual(OVERLOADED);
    started[0]!.finish();
    expect(await first).toBe("done");
    expect(await places.run(() => Promise.resolve("again"))).toBe("again");
  });
});

test("turns run so many at once, and send nobody away however many wait", async () => {
  const turns = new Turns(2);
  const seen = works();
  const { started, work } = seen;
  const results = Array.from({ length: 500 }, () => turns.run(work));
  await settle();
  expect([started.length, turns.busy, turns.waiting]).toEqual([2, true, 498]);
  for (let done = 0; done < 500; done++) {
    started[done]!.finish();
    await settle();
  }
  expect(new Set(await Promise.all(results))).toEqual(new Set(["done"]));
  expect([seen.mostAtOnce, turns.busy, turns.waiting]).toEqual([2, false, 0]);
});
