import { DatabaseSync } from "node:sqlite";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { expect, it } from "vitest";
import { temporaryFile } from "./file.ts";
import { keyStates, signingKey } from "./make.ts";
import { TestClock } from "./store.ts";

/** The statements of version 1, which knows no announced key and none of the columns that came with it. */
function before(path: string) {
  const database = new DatabaseSync(path);
  return {
    add: (kid: string) =>
      database
        .prepare(
          `INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_key, secret_version, state, created_at)
           VALUES (?, 'ES256', '{}', x'01', 1, 'signing', 7) ON CONFLICT DO NOTHING`,
        )
        .run(kid).changes,
    list: () =>
      database
        .prepare("SELECT kid, state FROM signing_keys WHERE state != 'revoked' ORDER BY id")
        .all()
        .map(({ kid, state }) => `${String(kid)} ${state === "signing" ? "signing" : "retired"}`),
    retire: (kid: string) => database.prepare("UPDATE signing_keys SET state = 'retired' WHERE kid = ?").run(kid),
    revoke: (kid: string) =>
      database.prepare("UPDATE signing_keys SET state = 'revoked', sealed_key = x'' WHERE kid = ?").run(kid),
    [Symbol.dispose]: () => database.close(),
  };
}

it("what a server of the version before has revoked is told, without when and why", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock: new TestClock() });
  await ledger.open();
  using database = new DatabaseSync(path);
  const fact = { type: "session-revoked", sid: "ses_before" };
  database.prepare("INSERT INTO revocations (entry, expires_at) VALUES (?, ?)").run(JSON.stringify(fact), 9e15);
  expect((await ledger.readRevocations(null)).entries).toEqual([fact]);
});

it("a server of the version before works beside this one: it serves what is announced, signs with what signs", async () => {
  const path = temporaryFile();
  const clock = new TestClock();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  using old = before(path);
  expect(old.add("first")).toBe(1);
  // What it has left out is as if it had said it.
  expect(await ledger.listSigningKeys()).toMatchObject([{ state: "signing", signsSince: 7, retiredAt: null }]);
  await ledger.announceSigningKey(signingKey("next"));
  expect(old.list()).toEqual(["first signing", "next retired"]);
  expect(old.add("second")).toBe(0);
  await ledger.promoteSigningKey({ kid: "next", minimumAgeMs: 0 });
  expect(old.list()).toEqual(["first retired", "next signing"]);
  // One that it retires without a date counts from when this one sees it.
  old.retire("next");
  old.add("third");
  expect(await keyStates(ledger)).toEqual(["first retired", "next retired", "third signing"]);
  const remove = () => ledger.removeSigningKey({ kid: "next", retiredForMs: 1_000 });
  expect(await remove()).toEqual({ outcome: "too_early" });
  clock.step(999);
  expect(await remove()).toEqual({ outcome: "too_early" });
  clock.step(1);
  expect(await remove()).toEqual({ outcome: "removed" });
  // It revokes the one that signs, and adds another: the announced one waits for its turn.
  await ledger.announceSigningKey(signingKey("fourth"));
  old.revoke("third");
  expect(old.add("fifth")).toBe(1);
  expect(await keyStates(ledger)).toEqual(["first retired", "fourth announced", "fifth signing"]);
});
