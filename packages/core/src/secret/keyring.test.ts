import { describe, expect, test } from "vitest";
import { crypto, inspect, keyringOf, secretOf } from "../../test/platform.ts";
import { createKeyring, fingerprint } from "./keyring.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("a keyring", () => {
  test("holds another key for each use of each secret, and none is the secret", () => {
    const secrets = ["first", "second", "third"].map(secretOf);
    const ring = createKeyring(
      crypto,
      secrets.map((secret, index) => ({ secret, version: index + 4 })),
    );
    const keys = [...ring.byVersion.values()].flatMap((each) => [
      each.handleKeys.session,
      each.handleKeys.refresh,
      each.signingKeysKey,
    ]);
    expect(keys.map((key) => key.length)).toEqual(Array.from({ length: 9 }, () => 32));
    expect(new Set([...keys, ...secrets.map((secret) => secret.bytes())].map(hex)).size).toBe(12);
    expect([...ring.byVersion.keys()]).toEqual([4, 5, 6]);
  });

  test("seals under the first, in the operator's order and not in that of the numbers", () => {
    const ring = createKeyring(crypto, [
      { secret: secretOf("new"), version: 7 },
      { secret: secretOf("old"), version: 2 },
    ]);
    expect(ring.sealing.version).toBe(7);
    expect(ring.sealing).toBe(ring.byVersion.get(7));
  });

  test("derives the same keys in every process, whatever number the ledger gave the secret", () => {
    const [one, other] = [1, 9].map(
      (version) => createKeyring(crypto, [{ secret: secretOf("same"), version }]).sealing,
    );
    expect(hex(one!.handleKeys.session)).toBe(hex(other!.handleKeys.session));
    expect(hex(one!.signingKeysKey)).toBe(hex(other!.signingKeysKey));
  });

  test("has at least one secret", () => {
    expect(() => keyringOf()).toThrow(RangeError);
  });
});

describe("a secret's fingerprint", () => {
  test("is the same for the same secret and another for another", () => {
    expect(fingerprint(crypto, secretOf("a"))).toBe(fingerprint(crypto, secretOf("a")));
    const all = Array.from({ length: 200 }, (_, index) => fingerprint(crypto, secretOf(String(index))));
    expect(new Set(all).size).toBe(200);
  });

  test("R034 reveals nothing of the secret or of what is derived from it", () => {
    const secret = secretOf("a");
    const told = fingerprint(crypto, secret);
    const { sealing } = createKeyring(crypto, [{ secret, version: 1 }]);
    const bytes = Buffer.from(told, "base64url");
    expect(bytes).toHaveLength(12);
    const hidden = [secret.bytes(), sealing.handleKeys.session, sealing.handleKeys.refresh, sealing.signingKeysKey];
    for (const each of hidden) {
      expect(hex(each)).not.toContain(hex(bytes.subarray(0, 4)));
      expect(hex(crypto.sha256(each))).not.toContain(hex(bytes.subarray(0, 4)));
    }
    expect(inspect(told)).not.toContain(secret.reveal().slice(4, 12));
  });
});
