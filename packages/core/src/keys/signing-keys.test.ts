import { createPublicKey, verify } from "../../test/platform.ts";
import { decodeBase64Url } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";
import { crypto, FakeClock, keyringOf, openLedger, over, secretOf } from "../../test/platform.ts";
import { ConfigurationError, StoreError } from "../errors.ts";
import type { KeyLedger } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Secret } from "../secret/secret.ts";
import { jwkThumbprint, loadSigningKeys } from "./signing-keys.ts";

const keyring = keyringOf("first", "second");
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const encode = (text: string) => new TextEncoder().encode(text);

function load(
  ledger: KeyLedger,
  algorithm: SigningAlgorithm = "ES256",
  hs256Secret: Secret | null = null,
  ring = keyring,
) {
  return loadSigningKeys({ ledger, crypto, keyring: ring, algorithm, hs256Secret });
}

/** Both starts have seen an empty ledger before either adds its key. */
function twoStarts(ledger: Ledger): Ledger {
  let listed = 0;
  let release: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    release = resolve;
  });
  return over(ledger, {
    listSigningKeys: async () => {
      const keys = await ledger.listSigningKeys();
      if (++listed === 2) release();
      await both;
      return keys;
    },
  });
}

describe("signing keys", () => {
  test.each(["ES256", "Ed25519", "EdDSA"] as const)(
    "%s: one is made at the first start, and found at the next",
    async (algorithm) => {
      const ledger = await openLedger(new FakeClock());
      const first = await load(ledger, algorithm);
      const second = await load(ledger, algorithm);
      expect(second.current.kid).toBe(first.current.kid);
      expect(second.all.map(({ kid }) => kid)).toEqual([first.current.kid]);
      const signature = second.current.sign(encode("signed"));
      const key = createPublicKey({ key: first.jwkSet.keys[0] as Record<string, string>, format: "jwk" });
      const digest = algorithm === "ES256" ? "sha256" : null;
      expect(verify(digest, encode("signed"), { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    },
  );

  test("a secret that was discarded since it was read seals no key: not a first one, not an old one", async () => {
    const ledger = await openLedger(new FakeClock());
    const adopt = { fingerprints: ["first", "second"] as never[], neededSeconds: 3600 };
    await load(ledger, "ES256", null, keyringOf("second"));
    await ledger.adoptSecrets(adopt);
    await ledger.replaceSecrets({ fingerprint: "third" as never });
    await expect(load(ledger)).rejects.toThrow(StoreError);
    await expect(load(ledger)).rejects.toThrow(/discarded just now/);
    expect(await ledger.listSigningKeys()).toEqual([]);
  });

  test("two processes that start at once have one key", async () => {
    const ledger = await openLedger(new FakeClock());
    const racing = twoStarts(ledger);
    const [one, other] = await Promise.all([load(racing), load(racing)]);
    expect(one.current.kid).toBe(other.current.kid);
    expect(await ledger.listSigningKeys()).toHaveLength(1);
  });

  test("two processes that start at once with the same HS256 key both sign with it, and so does the next", async () => {
    const ledger = await openLedger(new FakeClock());
    const racing = twoStarts(ledger);
    const given = secretOf("hs256");
    const [one, other] = await Promise.all([load(racing, "HS256", given), load(racing, "HS256", given)]);
    expect(one.current.kid).toBe(other.current.kid);
    expect((await ledger.listSigningKeys()).map(({ state }) => state)).toEqual(["signing"]);
    expect((await load(ledger, "HS256", given)).current.kid).toBe(one.current.kid);
  });

  test.each(["ES256", "Ed25519", "RS256", "HS256"] as const)(
    "R034 %s: the private half is nowhere in what the ledger keeps",
    async (algorithm) => {
      const ledger = await openLedger(new FakeClock());
      const given = secretOf("hs256");
      await load(ledger, algorithm, given);
      const [stored] = await ledger.listSigningKeys();
      const key = keyring.byVersion.get(stored!.secretVersion)!.signingKeysKey;
      const opened = crypto.open(key, stored!.sealedKey, encode(stored!.kid))!;
      const jwk = JSON.parse(new TextDecoder().decode(opened)) as Record<string, string>;
      const secrets = PRIVATE.flatMap((member) => jwk[member] ?? []);
      expect(secrets.length).toBeGreaterThan(0);
      const kept = Buffer.concat([
        stored!.sealedKey,
        encode(`${stored!.publicJwk} ${stored!.kid} ${JSON.stringify(await ledger.readEvents({ limit: 100 }))}`),
      ]);
      for (const secret of secrets) {
        expect(kept.includes(secret)).toBe(false);
        expect(kept.includes(Buffer.from(decodeBase64Url(secret)!))).toBe(false);
      }
      expect(kept.includes(given.reveal())).toBe(false);
      expect(kept.includes(Buffer.from(given.bytes()))).toBe(false);
    },
  );

  test("R034 a sealed key opens under no other secret, and not under another key's name", async () => {
    const ledger = await openLedger(new FakeClock());
    await load(ledger);
    const [stored] = await ledger.listSigningKeys();
    const { sealing, byVersion } = keyring;
    expect(crypto.open(byVersion.get(2)!.signingKeysKey, stored!.sealedKey, encode(stored!.kid))).toBeNull();
    expect(crypto.open(sealing.signingKeysKey, stored!.sealedKey, encode("another"))).toBeNull();
  });

  test("R140 the JWK Set has public members only, with kid, alg and use, and no symmetric key", async () => {
    const ledger = await openLedger(new FakeClock());
    for (const algorithm of ["ES256", "Ed25519", "RS256", "HS256"] as const)
      await load(ledger, algorithm, secretOf("h"));
    const { jwkSet, all } = await load(ledger);
    expect(all).toHaveLength(4);
    const expected: Record<string, readonly string[]> = {
      EC: ["kty", "x", "y", "crv", "kid", "alg", "use"],
      OKP: ["crv", "x", "kty", "kid", "alg", "use"],
      RSA: ["kty", "n", "e", "kid", "alg", "use"],
    };
    expect(jwkSet.keys.map(({ kty }) => kty)).toEqual(["EC", "OKP", "RSA"]);
    for (const key of jwkSet.keys) {
      expect(Object.keys(key).toSorted()).toEqual(expected[String(key["kty"])]!.toSorted());
      expect(key["use"]).toBe("sig");
      expect(key["kid"]).toBe(jwkThumbprint(crypto, key));
    }
    expect(new Set(jwkSet.keys.map(({ kid }) => kid)).size).toBe(3);
  });

  test("another algorithm gets its own key, and the old one still verifies", async () => {
    const ledger = await openLedger(new FakeClock());
    const before = await load(ledger, "ES256");
    const after = await load(ledger, "Ed25519");
    expect(after.current.algorithm).toBe("Ed25519");
    expect(after.all.map(({ kid }) => kid)).toContain(before.current.kid);
    expect((await load(ledger, "ES256")).current.kid).toBe(before.current.kid);
  });

  test("another HS256 key retires the old, which still verifies what it signed", async () => {
    const ledger = await openLedger(new FakeClock());
    const before = await load(ledger, "HS256", secretOf("old"));
    const after = await load(ledger, "HS256", secretOf("new"));
    expect(after.current.kid).not.toBe(before.current.kid);
    expect(after.all.map(({ kid, state }) => [kid, state])).toEqual([
      [before.current.kid, "retired"],
      [after.current.kid, "signing"],
    ]);
    expect(after.jwkSet.keys).toEqual([]);
  });

  test("an HS256 key that was replaced and is given again signs again: a setting can be taken back", async () => {
    const ledger = await openLedger(new FakeClock());
    const before = await load(ledger, "HS256", secretOf("old"));
    await load(ledger, "HS256", secretOf("new"));
    expect((await load(ledger, "HS256", secretOf("old"))).current.kid).toBe(before.current.kid);
    expect((await load(ledger, "HS256", secretOf("newest"))).current.state).toBe("signing");
  });

  test("an HS256 key that was revoked stops the start with a sentence that says so", async () => {
    const ledger = await openLedger(new FakeClock());
    const { current } = await load(ledger, "HS256", secretOf("leaked"));
    await ledger.endSigningKey({ kid: current.kid, to: "revoked" });
    const start = load(ledger, "HS256", secretOf("leaked"));
    await expect(start).rejects.toThrow(ConfigurationError);
    await expect(start).rejects.toThrow(/HS256 was revoked/);
    expect((await load(ledger, "HS256", secretOf("fresh"))).current.state).toBe("signing");
  });

  test("HS256 signs with the bytes of the text that the services are given, under a name that tells nothing of it", async () => {
    const ledger = await openLedger(new FakeClock());
    const given = secretOf("shared");
    const { current } = await load(ledger, "HS256", given);
    const theirs = crypto.hmacSha256(encode(given.reveal()), encode("signed"));
    expect(Buffer.from(current.sign(encode("signed"))).equals(theirs)).toBe(true);
    expect(current.kid).not.toBe(jwkThumbprint(crypto, current.verificationJwk));
  });

  test("a start without the secret that sealed the signing key is stopped with a sentence that says what to add", async () => {
    const ledger = await openLedger(new FakeClock());
    await load(ledger);
    const start = load(ledger, "ES256", null, keyringOf("stranger"));
    await expect(start).rejects.toThrow(ConfigurationError);
    await expect(start).rejects.toThrow(/sealed with a secret that is not configured: add that secret/);
    expect(await ledger.listSigningKeys()).toHaveLength(1);
  });

  test("a retired key of a missing secret is left out, and the rest is served", async () => {
    const ledger = await openLedger(new FakeClock());
    const old = await load(ledger, "ES256", null, keyring);
    await ledger.endSigningKey({ kid: old.current.kid, to: "retired" });
    const second = { sealing: keyring.byVersion.get(2)!, byVersion: new Map([[2, keyring.byVersion.get(2)!]]) };
    const { current, all } = await load(ledger, "ES256", null, second);
    expect(all.map(({ kid }) => kid)).toEqual([current.kid]);
    expect(current.kid).not.toBe(old.current.kid);
  });

  test("a revoked key is in no list", async () => {
    const ledger = await openLedger(new FakeClock());
    const old = await load(ledger);
    await ledger.endSigningKey({ kid: old.current.kid, to: "revoked" });
    const { current, jwkSet } = await load(ledger);
    expect(jwkSet.keys.map(({ kid }) => kid)).toEqual([current.kid]);
    expect(current.kid).not.toBe(old.current.kid);
  });
});

describe("a key's thumbprint", () => {
  const RFC_7638 = {
    kty: "RSA",
    n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    e: "AQAB",
    alg: "RS256",
    kid: "2011-04-29",
  };

  test("is that of RFC 7638, section 3.1, in whatever order the members come", () => {
    const expected = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    expect(jwkThumbprint(crypto, RFC_7638)).toBe(expected);
    expect(jwkThumbprint(crypto, Object.fromEntries(Object.entries(RFC_7638).toReversed()))).toBe(expected);
  });

  test("is that of RFC 8037, appendix A.3, and takes no private member in", () => {
    const key = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
    const expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    expect(jwkThumbprint(crypto, key)).toBe(expected);
    expect(jwkThumbprint(crypto, { ...key, d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" })).toBe(expected);
  });
});
