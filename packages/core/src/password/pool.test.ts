import { describe, expect, test } from "vitest";
import { gate, settle } from "../../test/platform.ts";
import { HashPool } from "./pool.ts";

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

describe("a pool of two places and a queue of three", () => {
  const settings = { concurrency: 2, queueLimit: 3 };

  test("R011 runs two at once and never more, in the order in which they came", async () => {
    const pool = new HashPool(settings);
    const { started, work, ...seen } = works();
    const results = Array.from({ length: 5 }, () => pool.run(work));
    await settle();
    expect(started).toHaveLength(2);
    for (let done = 0; done < 5; done++) {
      started[done]!.finish();
      await settle();
      expect(started).toHaveLength(Math.min(5, done + 3));
    }
    expect(await Promise.all(results)).toEqual(Array.from({ length: 5 }, () => "done"));
    expect(seen.mostAtOnce).toBeLessThanOrEqual(2);
  });

  test("R011 says overloaded at once where the queue is full, and starts nothing", async () => {
    const pool = new HashPool(settings);
    const { started, work } = works();
    const results = Array.from({ length: 5 }, () => pool.run(work));
    let asked = false;
    const refused = await pool.run(() => {
      asked = true;
      return Promise.resolve("done");
    });
    expect(refused).toBe("overloaded");
    expect(asked).toBe(false);
    started[0]!.finish();
    await settle();
    // A place in the queue has become free.
    const last = pool.run(work);
    expect(await pool.run(work)).toBe("overloaded");
    for (let done = 1; done < 6; done++) {
      started[done]!.finish();
      await settle();
    }
    expect(await Promise.all([...results, last])).toEqual(Array.from({ length: 6 }, () => "done"));
  });

  test("a newcomer cannot slip in before who waits", async () => {
    const pool = new HashPool({ concurrency: 1, queueLimit: 2 });
    const order: string[] = [];
    const { opened, open } = gate();
    const first = pool.run(async () => {
      await opened;
      order.push("first");
    });
    const waiting = pool.run(() => Promise.resolve(order.push("waiting")));
    open();
    const newcomer = first.then(() => pool.run(() => Promise.resolve(order.push("newcomer"))));
    await Promise.all([waiting, newcomer]);
    expect(order).toEqual(["first", "waiting", "newcomer"]);
  });

  test("work that fails frees its place, whether it throws or rejects", async () => {
    const pool = new HashPool({ concurrency: 1, queueLimit: 10 });
    const failing = [
      pool.run(() => Promise.reject(new Error("rejected"))),
      pool.run(() => {
        throw new Error("thrown");
      }),
      pool.run(() => Promise.reject(new Error("rejected again"))),
    ];
    const last = pool.run(() => Promise.resolve("done"));
    const settled = await Promise.allSettled(failing);
    expect(settled.map((each) => each.status === "rejected" && (each.reason as Error).message)).toEqual([
      "rejected",
      "thrown",
      "rejected again",
    ]);
    expect(await last).toBe("done");
    expect(await pool.run(() => Promise.resolve("done"))).toBe("done");
  });

  test("without a queue it takes what fits and nothing else", async () => {
    const pool = new HashPool({ concurrency: 1, queueLimit: 0 });
    const { started, work } = works();
    const first = pool.run(work);
    expect(await pool.run(work)).toBe("overloaded");
    started[0]!.finish();
    expect(await first).toBe("done");
    expect(await pool.run(() => Promise.resolve("again"))).toBe("again");
  });
});
