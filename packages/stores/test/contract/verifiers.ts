import type { AddVerifier, CredentialHash, VerifierId, VerifierName } from "@counterfoil/core";
import { expect, it } from "vitest";
import { context } from "../make.ts";
import type { MakeStore } from "../store.ts";

const hashOf = (name: string) => `hash of ${name}'s credential` as CredentialHash;

function adding(name: string, over: Partial<AddVerifier> = {}): AddVerifier {
  const id = `ver_${name}` as VerifierId;
  return { id, name: name as VerifierName, credentialHash: hashOf(name), context: context(), ...over };
}

export function verifiersContract(make: MakeStore): void {
  it("added, taken: a name is one verifier's, and the credential finds that one", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    const orders = { id: "ver_orders", name: "orders", createdAt: clock.now() };
    expect(await ledger.addVerifier(adding("orders"))).toEqual({ outcome: "added", verifier: orders });
    const second = adding("orders", { id: "ver_2" as VerifierId, credentialHash: hashOf("another") });
    expect(await other.addVerifier(second)).toEqual({ outcome: "taken" });
    expect(await other.findVerifier(hashOf("orders"))).toEqual(orders);
    expect(await other.findVerifier(hashOf("another"))).toBeNull();
  });

  it("removed, unknown: by name or by id, and its credential finds nothing from then on, anywhere", async () => {
    await using store = await make();
    const { ledger, other } = store;
    for (const name of ["a", "b"]) await ledger.addVerifier(adding(name));
    const [a, b] = [{ name: "a" as VerifierName }, { id: "ver_b" as VerifierId }];
    expect(await ledger.removeVerifier({ which: a, context: context() })).toMatchObject({
      outcome: "removed",
      verifier: { id: "ver_a", name: "a" },
    });
    expect(await other.findVerifier(hashOf("a"))).toBeNull();
    expect(await other.findVerifier(hashOf("b"))).toMatchObject({ name: "b" });
    expect(await other.removeVerifier({ which: b, context: null })).toMatchObject({ outcome: "removed" });
    for (const which of [a, b]) {
      expect(await ledger.removeVerifier({ which, context: null })).toEqual({ outcome: "unknown" });
    }
    expect(await ledger.listVerifiers()).toEqual([]);
    // A name that is free again is anybody's.
    expect(await ledger.addVerifier(adding("a", { credentialHash: hashOf("new") }))).toMatchObject({
      outcome: "added",
    });
    expect(await ledger.findVerifier(hashOf("a"))).toBeNull();
  });

  it("lists them by name, and tells of each once", async () => {
    await using store = await make();
    const { ledger } = store;
    for (const name of ["b", "a", "B"]) await ledger.addVerifier(adding(name));
    await ledger.addVerifier(adding("a", { credentialHash: hashOf("other") }));
    await ledger.removeVerifier({ which: { name: "b" as VerifierName }, context: null });
    await ledger.removeVerifier({ which: { name: "b" as VerifierName }, context: null });
    expect((await ledger.listVerifiers()).map(({ name }) => name)).toEqual(["B", "a"]);
    const events = await ledger.readEvents({ limit: 10 });
    expect(events.map(({ body }) => body)).toEqual([
      { type: "verifier_added", id: "ver_b", name: "b" },
      { type: "verifier_added", id: "ver_a", name: "a" },
      { type: "verifier_added", id: "ver_B", name: "B" },
      { type: "verifier_removed", id: "ver_b", name: "b" },
    ]);
  });

  it("one of many wins the name, and one of many removes it", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const at = (index: number) => (index % 2 === 0 ? ledger : other);
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    const added = await Promise.all(
      numbers.map((index) => {
        const own = { id: `ver_${index}` as VerifierId, credentialHash: hashOf(String(index)) };
        return at(index).addVerifier(adding("one", own));
      }),
    );
    expect(added.filter(({ outcome }) => outcome === "added")).toHaveLength(1);
    expect(await ledger.listVerifiers()).toHaveLength(1);
    const which = { name: "one" as VerifierName };
    const removed = await Promise.all(numbers.map((index) => at(index).removeVerifier({ which, context: null })));
    expect(removed.filter(({ outcome }) => outcome === "removed")).toHaveLength(1);
  });
}
