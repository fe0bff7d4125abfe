import { describe, expect, test } from "vitest";
import { exploreClient, exploreTheft } from "../../test/refresh-world.ts";

describe("every state that an honest client with four attempts in flight can come to", () => {
  test.each(["newest", "unless_replaced"] as const)(
    "R065 with the token's own key, whatever is lost and however late it asks again, it stays signed in (%s)",
    (accepts) => {
      const { states, trace } = exploreClient({ keyed: true, answersLost: true, accepts, inFlight: 4 });
      expect(trace).toBeNull();
      expect(states.length).toBeGreaterThan(10_000);
    },
  );

  test.each(["newest", "unless_replaced"] as const)(
    "R065 without a key, it stays signed in as long as no answer is lost (%s)",
    (accepts) => {
      const { states, trace } = exploreClient({ keyed: false, answersLost: false, accepts, inFlight: 4 });
      expect(trace).toBeNull();
      expect(states.length).toBeGreaterThan(10_000);
    },
  );

  test("without a key a lost answer can sign it out, which is what the key is for", () => {
    const { trace } = exploreClient({ keyed: false, answersLost: true, accepts: "newest", inFlight: 1 });
    expect(trace?.at(-1)).toContain("reused");
  });
});

describe("two parties that hold one token, each presenting his newest, never within R of the other", () => {
  test.each([
    { ownerKeyed: true, thiefKeys: "none", losses: true },
    { ownerKeyed: true, thiefKeys: "his_own", losses: true },
    { ownerKeyed: true, thiefKeys: "found_one", losses: false },
    { ownerKeyed: false, thiefKeys: "none", losses: true },
    { ownerKeyed: false, thiefKeys: "his_own", losses: true },
  ] as const)(
    "R061 they cannot both go on (owner's keys: $ownerKeyed, thief's: $thiefKeys, answers get lost: $losses)",
    (theft) => {
      const { states, forever } = exploreTheft(theft);
      expect(forever).toBeNull();
      expect(states).toBeGreaterThan(500);
    },
  );

  test("they could if keys were derived from tokens, which is why a client makes each at random", () => {
    expect(exploreTheft({ ownerKeyed: true, thiefKeys: "derived", losses: false }).forever).not.toBeNull();
  });
});
