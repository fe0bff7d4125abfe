import type { Ledger, SecretFingerprint } from "@counterfoil/core";
import { expect, it } from "vitest";
import { keyStates, revocations, signingKey } from "../make.ts";
import type { MakeStore } from "../store.ts";

const print = (text: string) => `print ${text}` as SecretFingerprint;

export function secretsContract(make: MakeStore): void {
  const adopt = (ledger: Ledger, ...names: string[]) =>
    ledger.adoptSecrets({ fingerprints: names.map(print), neededSeconds: 3600 });
  const dates = async (ledger: Ledger) =>
    (await ledger.listSecrets()).secrets.map(({ fingerprint, sealedAt, lackedAt }) => [
      fingerprint,
      sealedAt,
      lackedAt,
    ]);

  it("tells who seals, and that a server checked in without one that nobody seals with yet", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const start = clock.now();
    await adopt(ledger, "a");
    await adopt(ledger, "a", "b");
    expect(await dates(ledger)).toEqual([
      [print("a"), start, null],
      [print("b"), null, null],
    ]);
    clock.step(1_000);
    await adopt(ledger, "a");
    expect((await dates(ledger))[1]).toEqual([print("b"), null, start + 1_000]);
    // Once a minute, however often it checks in.
    clock.step(59_000);
    await adopt(ledger, "a");
    expect((await dates(ledger))[1]).toEqual([print("b"), null, start + 1_000]);
    clock.step(1_000);
    await adopt(ledger, "a");
    expect((await dates(ledger))[1]).toEqual([print("b"), null, start + 61_000]);
    // What is sealed with it is then missing, which says more.
    await adopt(ledger, "b", "a");
    clock.step(120_000);
    await adopt(ledger, "a");
    expect((await dates(ledger))[1]).toEqual([print("b"), start + 61_000, start + 61_000]);
    expect(await ledger.listSecrets()).toMatchObject({ now: clock.now() });
  });

  it("replaced, unchanged, discarded: one takes the place of all others, whose keys are revoked", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await adopt(ledger, "a", "b");
    await ledger.addSigningKey(signingKey("of a", { secretVersion: 1 }));
    await ledger.announceSigningKey(signingKey("of b", { secretVersion: 2 }));
    await ledger.addSigningKey(signingKey("mac", { algorithm: "HS256", publicJwk: null, secretVersion: 1 }));
    const [a, b] = ["a", "b"].map((name, index) => ({ version: index + 1, fingerprint: print(name) }));
    expect(await ledger.replaceSecrets({ fingerprint: print("c") })).toEqual({
      outcome: "replaced",
      discarded: [a, b],
      revokedKeys: [
        { kid: "of a", algorithm: "ES256" },
        { kid: "of b", algorithm: "ES256" },
        { kid: "mac", algorithm: "HS256" },
      ],
    });
    expect(await keyStates(ledger)).toEqual([]);
    expect(await revocations(ledger)).toEqual(["of a", "of b", "mac"].map((kid) => ({ type: "key-revoked", kid })));
    expect(await ledger.replaceSecrets({ fingerprint: print("c") })).toEqual({ outcome: "unchanged" });
    expect(await ledger.replaceSecrets({ fingerprint: print("a") })).toEqual({ outcome: "discarded" });
    const { secrets } = await ledger.listSecrets();
    expect(secrets.map(({ discardedAt }) => discardedAt)).toEqual([clock.now(), clock.now(), null]);
    const events = await ledger.readEvents({ limit: 100 });
    expect(events.at(-1)?.body).toEqual({ type: "secrets_replaced", fingerprint: print("c") });
  });

  it("secret_discarded: no key is added, announced or resealed under a secret that was replaced", async () => {
    await using store = await make();
    const { ledger } = store;
    await adopt(ledger, "a");
    await ledger.replaceSecrets({ fingerprint: print("b") });
    const refused = { outcome: "secret_discarded" };
    const late = signingKey("late", { secretVersion: 1 });
    expect(await ledger.addSigningKey(late)).toEqual(refused);
    expect(await ledger.announceSigningKey(late)).toEqual(refused);
    await ledger.addSigningKey(signingKey("good", { secretVersion: 2 }));
    const reseal = { kid: "good", from: 2, secretVersion: 1, sealedKey: new Uint8Array([9]) };
    expect(await ledger.resealSigningKey(reseal)).toEqual(refused);
    expect(await ledger.listSigningKeys()).toMatchObject([{ kid: "good", secretVersion: 2 }]);
  });

  it("whichever comes first, a replacement or keys under the old secret, none of them is left", async () => {
    for (let round = 0; round < 5; round++) {
      await using store = await make();
      const { ledger, other } = store;
      await adopt(ledger, "a");
      const add = (algorithm: "ES256" | "RS256" | "Ed25519") =>
        other.addSigningKey(signingKey(algorithm, { algorithm, secretVersion: 1 }));
      await Promise.all([
        add("ES256"),
        add("RS256"),
        ledger.replaceSecrets({ fingerprint: print("b") }),
        add("Ed25519"),
      ]);
      expect(await ledger.listSigningKeys()).toEqual([]);
    }
  });

  it("unchanged: a key that is left under a discarded secret is revoked all the same", async () => {
    await using store = await make();
    const { ledger } = store;
    await adopt(ledger, "a");
    await ledger.replaceSecrets({ fingerprint: print("b") });
    // Of a server of the version before, which does not look.
    await ledger.addSigningKey(signingKey("left", { secretVersion: 3 }));
    await ledger.addSigningKey(signingKey("good", { algorithm: "RS256", secretVersion: 2 }));
    expect(await ledger.replaceSecrets({ fingerprint: print("b") })).toEqual({ outcome: "unchanged" });
    expect((await ledger.listSigningKeys()).map(({ kid }) => kid)).toEqual(["good"]);
    expect(await revocations(ledger)).toEqual([{ type: "key-revoked", kid: "left" }]);
  });

  it("a discarded secret is never missing, seals nothing, and whoever has it is told", async () => {
    await using store = await make();
    const { ledger } = store;
    await adopt(ledger, "a");
    await ledger.replaceSecrets({ fingerprint: print("c") });
    const a = { version: 1, fingerprint: print("a") };
    expect(await adopt(ledger, "c")).toEqual({ versions: [2], missing: [], discarded: [] });
    expect(await adopt(ledger, "a", "c")).toEqual({ versions: [1, 2], missing: [], discarded: [a] });
    expect(await adopt(ledger, "a")).toMatchObject({ missing: [{ version: 2 }], discarded: [a] });
    expect((await dates(ledger))[0]?.[1]).not.toBeNull();
    const { secrets, now } = await ledger.listSecrets();
    expect(secrets[1]?.sealedAt).toBe(now);
  });

  it("of many that replace the secret at once, the first is obeyed and the rest find theirs good or gone", async () => {
    await using store = await make();
    const { ledger, other } = store;
    await adopt(ledger, "old");
    const same = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).replaceSecrets({ fingerprint: print("new") }),
      ),
    );
    expect(same.map(({ outcome }) => outcome).toSorted()).toEqual(["replaced", ...Array<string>(7).fill("unchanged")]);
    await Promise.all(
      ["x", "y", "z"].map((name, index) =>
        (index % 2 === 0 ? ledger : other).replaceSecrets({ fingerprint: print(name) }),
      ),
    );
    const { secrets } = await ledger.listSecrets();
    expect(secrets.filter(({ discardedAt }) => discardedAt === null)).toHaveLength(1);
  });
}
