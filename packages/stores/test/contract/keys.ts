import type { Ledger, SecretFingerprint } from "@counterfoil/core";
import { expect, it } from "vitest";
import { revocations, signingKey } from "../make.ts";
import type { MakeStore } from "../store.ts";

const print = (text: string | number) => `print ${text}` as SecretFingerprint;

const key = signingKey;

export function keysContract(make: MakeStore): void {
  const adopt = (ledger: Ledger, ...fingerprints: SecretFingerprint[]) =>
    ledger.adoptSecrets({ fingerprints, neededSeconds: 3600 });
  const a = { version: 1, fingerprint: print("a") };
  const b = { version: 2, fingerprint: print("b") };

  it("each secret has one number for ever, and those that seal elsewhere and the caller lacks are named", async () => {
    await using store = await make();
    const { ledger } = store;
    expect(await adopt(ledger, print("a"))).toEqual({ versions: [1], missing: [], discarded: [] });
    // Appended everywhere first: nobody seals with it yet, so nobody needs it.
    expect(await adopt(ledger, print("a"), print("b"))).toEqual({ versions: [1, 2], missing: [], discarded: [] });
    expect(await adopt(ledger, print("a"))).toEqual({ versions: [1], missing: [], discarded: [] });
    // Then moved first: now a server that lacks it cannot open what others seal.
    expect(await adopt(ledger, print("b"), print("a"))).toEqual({ versions: [2, 1], missing: [], discarded: [] });
    expect(await adopt(ledger, print("a"))).toEqual({ versions: [1], missing: [b], discarded: [] });
    expect(await adopt(ledger, print("b"))).toEqual({ versions: [2], missing: [a], discarded: [] });
    const adopted = (await ledger.readEvents({ limit: 10 })).map(({ body }) => body);
    expect(adopted).toEqual([
      { type: "secret_adopted", version: 1, fingerprint: print("a") },
      { type: "secret_adopted", version: 2, fingerprint: print("b") },
    ]);
  });

  it("a secret that nobody has sealed with for longer than anything lives is needed no more", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await adopt(ledger, print("a"));
    await adopt(ledger, print("b"), print("a"));
    clock.step(3600_000);
    expect(await adopt(ledger, print("b"))).toEqual({ versions: [2], missing: [a], discarded: [] });
    clock.step(1);
    expect(await adopt(ledger, print("b"))).toEqual({ versions: [2], missing: [], discarded: [] });
    // Who still seals with the old one says so again, and it is needed again.
    await adopt(ledger, print("a"), print("b"));
    expect(await adopt(ledger, print("b"))).toEqual({ versions: [2], missing: [a], discarded: [] });
  });

  it("resealed, unchanged: a key goes under another secret once, and only from the one that it is under", async () => {
    await using store = await make();
    const { ledger, other } = store;
    await ledger.addSigningKey(key("k", { secretVersion: 1 }));
    const input = { kid: "k", from: 1, sealedKey: new Uint8Array([9, 9]), secretVersion: 2 };
    const outcomes = await Promise.all([ledger, other].map((each) => each.resealSigningKey(input)));
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["resealed", "unchanged"]);
    expect(await ledger.listSigningKeys()).toMatchObject([{ kid: "k", secretVersion: 2, sealedKey: input.sealedKey }]);
    await ledger.endSigningKey({ kid: "k", to: "revoked" });
    expect(await ledger.resealSigningKey({ ...input, from: 2 })).toEqual({ outcome: "unchanged" });
    expect(await ledger.resealSigningKey({ ...input, kid: "none" })).toEqual({ outcome: "unchanged" });
  });

  it("many servers that start at once agree on the numbers", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const lists = [
      ["a", "b"],
      ["b", "c"],
      ["c", "a"],
    ].map((list) => list.map(print));
    const adopted = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const list = lists[index % 3]!;
        const { versions } = await adopt(index % 2 === 0 ? ledger : other, ...list);
        return list.map((fingerprint, at) => `${fingerprint} is ${versions[at]}`);
      }),
    );
    expect(new Set(adopted.flat()).size).toBe(3);
  });

  it("there are 255 numbers and no more", async () => {
    await using store = await make();
    const { ledger } = store;
    const { versions } = await adopt(ledger, ...Array.from({ length: 255 }, (_, index) => print(index)));
    expect(versions).toEqual(Array.from({ length: 255 }, (_, index) => index + 1));
    await expect(adopt(ledger, print("one more"))).rejects.toMatchObject({ name: "StoreError" });
    expect(await adopt(ledger, print(254))).toMatchObject({ versions: [255] });
  });

  it("added, exists: the first of many starting servers gives the signing key", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const added = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? ledger : other).addSigningKey(key(`k${index}`))),
    );
    expect(added.filter(({ outcome }) => outcome === "added")).toHaveLength(1);
    const [stored, ...more] = await ledger.listSigningKeys();
    expect(more).toEqual([]);
    expect(added.filter(({ outcome }) => outcome === "exists")).toEqual(
      Array.from({ length: 9 }, () => ({ outcome: "exists", kid: stored?.kid })),
    );
  });

  it("keeps a key as it was given, one that signs for each algorithm, oldest first", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await ledger.addSigningKey(key("first"));
    await ledger.addSigningKey(key("mac", { algorithm: "HS256", publicJwk: null, secretVersion: 7 }));
    await ledger.endSigningKey({ kid: "first", to: "retired" });
    clock.stepSeconds(-5);
    await ledger.addSigningKey(key("second"));
    const keys = await ledger.listSigningKeys();
    expect(keys.map(({ kid, state }) => `${kid} ${state}`)).toEqual(["first retired", "mac signing", "second signing"]);
    expect(keys[1]).toEqual({
      kid: "mac",
      algorithm: "HS256",
      publicJwk: null,
      sealedKey: new Uint8Array([1, 2, 255]),
      secretVersion: 7,
      state: "signing",
      createdAt: clock.now() + 5000,
      signsSince: clock.now() + 5000,
      retiredAt: null,
    });
  });

  it("ended, already_ended, unknown: a key moves on and never back", async () => {
    await using store = await make();
    const { ledger } = store;
    await ledger.addSigningKey(key("k"));
    expect(await ledger.endSigningKey({ kid: "no", to: "retired" })).toEqual({ outcome: "unknown" });
    expect(await ledger.endSigningKey({ kid: "k", to: "retired" })).toEqual({ outcome: "ended" });
    expect(await ledger.endSigningKey({ kid: "k", to: "retired" })).toEqual({ outcome: "already_ended" });
    expect(await revocations(ledger)).toEqual([]);
    expect(await ledger.endSigningKey({ kid: "k", to: "revoked" })).toEqual({ outcome: "ended" });
    expect(await ledger.endSigningKey({ kid: "k", to: "revoked" })).toEqual({ outcome: "already_ended" });
    expect(await ledger.endSigningKey({ kid: "k", to: "retired" })).toEqual({ outcome: "already_ended" });
    expect(await ledger.listSigningKeys()).toEqual([]);
    // Told again: somebody wants all that was decided under it looked at again.
    const entry = { type: "key-revoked", kid: "k" };
    expect(await revocations(ledger)).toEqual([entry, entry]);
    // A kid that was revoked names nothing else, ever.
    expect(await ledger.addSigningKey(key("k"))).toEqual({ outcome: "exists", kid: "k" });
    const told = (await ledger.readEvents({ limit: 10 })).map(({ body }) => body.type);
    expect(told).toEqual(["signing_key_added", "signing_key_retired", "signing_key_revoked"]);
  });
}
