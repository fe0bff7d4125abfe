import { beforeEach, expect, test } from "vitest";
import { memoryStorage } from "../storage/memory-storage.ts";
import type { TokenStorage } from "../storage/token-storage.ts";
import { KeptSession } from "./kept-session.ts";

const user = { sub: "usr_1", username: "kavya", roles: ["user"] };
const session = { sid: "ses_1", user, refreshToken: "cfr_a", key: null };
const SERVER = "https://app.example.com";

let storage: TokenStorage;
let keys: number;
let kept: KeptSession;
/** Of another process. */
let other: KeptSession;

beforeEach(async () => {
  storage = memoryStorage();
  keys = 0;
  const newKey = () => `key-${++keys}`;
  kept = new KeptSession(storage, SERVER, newKey);
  other = new KeptSession(storage, SERVER, newKey);
  await kept.open(session);
});

test("of many that redeem a token for the first time all have the one key", async () => {
  const seen = await Promise.all([kept, other, kept, other].map((each) => each.withKey("cfr_a")));
  expect(new Set(seen.map((record) => record.session?.key)).size).toBe(1);
  expect(seen[0]!.session?.key).toMatch(/^key-\d$/);
  expect((await kept.withKey("cfr_a")).session?.key).toBe(seen[0]!.session?.key);
});

test("the key goes with its token, and stays with a token that goes on", async () => {
  const { session: keyed } = await kept.withKey("cfr_a");
  expect((await kept.succeed("cfr_a", "cfr_a")).session).toEqual(keyed);
  expect((await kept.succeed("cfr_a", "cfr_b")).session).toEqual({ ...session, refreshToken: "cfr_b" });
});

test("whoever comes late changes nothing of what another process has moved on to", async () => {
  await other.succeed("cfr_a", "cfr_b");
  const { session: moved } = await other.succeed("cfr_b", "cfr_c");
  expect((await kept.succeed("cfr_a", "cfr_b")).session).toEqual(moved);
  expect((await kept.over("cfr_a")).session).toEqual(moved);
  expect((await kept.withKey("cfr_a")).session).toEqual(moved);
  expect((await kept.end("ses_0")).session).toEqual(moved);
  expect(await kept.over("cfr_c")).toMatchObject({ session: null, over: "session_over", ended: [] });
});

test("a sign-out and a sign-in remember what the server has to be told", async () => {
  expect(await kept.end("ses_1")).toMatchObject({ session: null, over: "logout", ended: ["cfr_a"] });
  await other.open({ ...session, sid: "ses_2", refreshToken: "cfr_x" });
  expect(await kept.open({ ...session, sid: "ses_3", refreshToken: "cfr_y" })).toMatchObject({
    session: { sid: "ses_3" },
    over: null,
    ended: ["cfr_a", "cfr_x"],
  });
  await Promise.all([kept.settle("cfr_a"), other.settle("cfr_x")]);
  expect((await kept.read()).ended).toEqual([]);
});

test("a change that took place without its answer takes place once", async () => {
  let isLost = true;
  const losing: TokenStorage = {
    ...storage,
    async replace(before, text) {
      const replaced = await storage.replace(before, text);
      const told = replaced && !isLost;
      isLost = false;
      return told;
    },
  };
  const unsure = new KeptSession(losing, SERVER, () => `key-${++keys}`);
  expect(await unsure.end("ses_1")).toMatchObject({ session: null, ended: ["cfr_a"] });
});

test("a session that is given up is gone and to be told of, whether it was stored or not", async () => {
  expect(await kept.giveUp("cfr_z")).toMatchObject({ session: { sid: "ses_1" }, ended: ["cfr_z"] });
  const given = { session: null, over: "logout", ended: ["cfr_z", "cfr_a"] };
  expect(await kept.giveUp("cfr_a")).toMatchObject(given);
  expect(await kept.giveUp("cfr_a")).toMatchObject(given);
});
