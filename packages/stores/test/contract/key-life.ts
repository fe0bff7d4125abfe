import type { Ledger } from "@counterfoil/core";
import { expect, it } from "vitest";
import { context, keyStates, revocations, signingKey } from "../make.ts";
import type { MakeStore } from "../store.ts";

const MINUTE = 60_000;

export function keyLifeContract(make: MakeStore): void {
  const key = signingKey;
  const told = async (ledger: Ledger) =>
    (await ledger.readEvents({ limit: 100 })).map(({ body }) => `${body.type} ${"kid" in body ? body.kid : ""}`);

  it("announced, exists: a key verifies before it signs, and of an algorithm one is announced", async () => {
    await using store = await make();
    const { ledger } = store;
    await ledger.addSigningKey(key("old"));
    expect(await ledger.announceSigningKey(key("next"))).toEqual({ outcome: "announced" });
    expect(await ledger.announceSigningKey(key("third"))).toEqual({ outcome: "exists", kid: "next" });
    expect(await ledger.announceSigningKey(key("edwards", { algorithm: "Ed25519" }))).toEqual({ outcome: "announced" });
    // A kid names one key for ever, whatever its state and its algorithm.
    expect(await ledger.announceSigningKey(key("old", { algorithm: "RS256" }))).toEqual({
      outcome: "exists",
      kid: "old",
    });
    expect(await keyStates(ledger)).toEqual(["old signing", "next announced", "edwards announced"]);
    const [, next] = await ledger.listSigningKeys();
    expect(next).toMatchObject({ signsSince: null, retiredAt: null, sealedKey: new Uint8Array([1, 2, 255]) });
  });

  it("promoted, too_early, already_signing, unknown: it signs once it is old enough, and the other retires", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await ledger.addSigningKey(key("old"));
    await ledger.announceSigningKey(key("next"));
    const promote = (kid: string) => ledger.promoteSigningKey({ kid, minimumAgeMs: 15 * MINUTE });
    clock.step(15 * MINUTE - 1);
    expect(await promote("next")).toEqual({ outcome: "too_early" });
    expect(await promote("no")).toEqual({ outcome: "unknown" });
    expect(await keyStates(ledger)).toEqual(["old signing", "next announced"]);
    clock.step(1);
    expect(await promote("next")).toEqual({ outcome: "promoted" });
    expect(await promote("next")).toEqual({ outcome: "already_signing" });
    const [old, next] = await ledger.listSigningKeys();
    expect(old).toMatchObject({ state: "retired", retiredAt: clock.now() });
    expect(next).toMatchObject({ state: "signing", signsSince: clock.now(), retiredAt: null });
    expect(await told(ledger)).toEqual([
      "signing_key_added old",
      "signing_key_announced next",
      "signing_key_retired old",
      "signing_key_promoted next",
    ]);
    // A retired one comes back where it is still needed, and is not about to go.
    expect(await promote("old")).toEqual({ outcome: "promoted" });
    expect(await keyStates(ledger)).toEqual(["old signing", "next retired"]);
    expect((await ledger.listSigningKeys())[0]?.retiredAt).toBeNull();
    await ledger.endSigningKey({ kid: "next", to: "revoked" });
    expect(await promote("next")).toEqual({ outcome: "unknown" });
  });

  it("of many servers that announce, promote and remove at once, one does each, and one key signs", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    await ledger.addSigningKey(key("k0"));
    const servers = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? ledger : other));
    const winners = async (act: (ledger: Ledger, index: number) => Promise<{ outcome: string }>, outcome: string) =>
      (await Promise.all(servers.map((server, index) => act(server, index)))).filter((each) => each.outcome === outcome)
        .length;
    expect(await winners((each, index) => each.announceSigningKey(key(`n${index}`)), "announced")).toBe(1);
    const announced = (await ledger.listSigningKeys()).find(({ state }) => state === "announced")!.kid;
    clock.step(15 * MINUTE);
    expect(
      await winners((each) => each.promoteSigningKey({ kid: announced, minimumAgeMs: 15 * MINUTE }), "promoted"),
    ).toBe(1);
    expect(await keyStates(ledger)).toEqual(["k0 retired", `${announced} signing`]);
    clock.step(16 * MINUTE);
    expect(await winners((each) => each.removeSigningKey({ kid: "k0", retiredForMs: 16 * MINUTE }), "removed")).toBe(1);
    expect(await keyStates(ledger)).toEqual([`${announced} signing`]);
  });

  it("removed, too_early, unknown: a retired key goes with its private half, and nothing else does", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await ledger.addSigningKey(key("old"));
    const remove = (kid: string) => ledger.removeSigningKey({ kid, retiredForMs: 16 * MINUTE });
    expect(await remove("old")).toEqual({ outcome: "unknown" });
    await ledger.endSigningKey({ kid: "old", to: "retired" });
    clock.step(16 * MINUTE - 1);
    expect(await remove("old")).toEqual({ outcome: "too_early" });
    clock.step(1);
    expect(await remove("old")).toEqual({ outcome: "removed" });
    expect(await remove("old")).toEqual({ outcome: "unknown" });
    expect(await ledger.listSigningKeys()).toEqual([]);
    expect(await revocations(ledger)).toEqual([]);
    // The operator's key of HS256 may be given again.
    expect(await ledger.addSigningKey(key("old"))).toEqual({ outcome: "added" });
  });

  it("a revoked key that signed gives its place to the announced one in the same moment", async () => {
    await using store = await make();
    const { ledger } = store;
    await ledger.addSigningKey(key("leaked"));
    await ledger.announceSigningKey(key("next"));
    const operator = context();
    expect(await ledger.endSigningKey({ kid: "leaked", to: "revoked", context: operator })).toEqual({
      outcome: "ended",
    });
    expect(await keyStates(ledger)).toEqual(["next signing"]);
    expect(await revocations(ledger)).toEqual([{ type: "key-revoked", kid: "leaked" }]);
    const events = await ledger.readEvents({ requestId: operator.requestId, limit: 10 });
    expect(events.map(({ body }) => body.type)).toEqual(["signing_key_revoked", "signing_key_promoted"]);
    // The announced one is revoked as any other, and the one that signs goes on.
    await ledger.announceSigningKey(key("third"));
    await ledger.endSigningKey({ kid: "third", to: "revoked" });
    expect(await keyStates(ledger)).toEqual(["next signing"]);
  });

  it("a revocation and a promotion at once leave one key that signs, and never the revoked one", async () => {
    await using store = await make();
    const { ledger, other } = store;
    for (let round = 0; round < 8; round++) {
      const [old, next] = [`old${round}`, `next${round}`];
      await ledger.addSigningKey(key(old));
      await ledger.announceSigningKey(key(next));
      const revoked = round % 2 === 0 ? old : next;
      await Promise.all([
        ledger.endSigningKey({ kid: revoked, to: "revoked" }),
        other.promoteSigningKey({ kid: next, minimumAgeMs: 0 }),
      ]);
      const states = await keyStates(ledger);
      expect(states.filter((state) => state.endsWith("announced"))).toEqual([]);
      expect(states.filter((state) => state.startsWith(revoked))).toEqual([]);
      for (const { kid } of await ledger.listSigningKeys()) await ledger.endSigningKey({ kid, to: "revoked" });
    }
  });
}
