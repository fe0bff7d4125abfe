import { decodeBase64Url, encodeBase64Url } from "@counterfoil/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crypto, keyringOf, SEED, seededRandom } from "../../test/platform.ts";
import { systemRandom } from "../random.ts";
import type { HandleKind } from "./handle.ts";
import { HANDLE_PREFIX, hashLocator, sealHandle, unsealHandle } from "./handle.ts";

const keyring = keyringOf("first", "second");
const kinds: readonly HandleKind[] = ["session", "refresh"];
const kind = fc.constantFrom(...kinds);
const locator = fc.uint8Array({ minLength: 16, maxLength: 16 });
const counter = fc.oneof(fc.nat(3), fc.constant(0xffff_ffff), fc.integer({ min: 0, max: 0xffff_ffff }));
const sealed = fc
  .record({ kind, locator, counter })
  .map((handle) => ({ ...handle, text: sealHandle(crypto, keyring, handle.kind, handle.locator, handle.counter) }));
const settings = { seed: SEED, numRuns: 200 };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function bodyOf(text: string): Uint8Array<ArrayBuffer> {
  return decodeBase64Url(text.slice(4))!;
}

describe("a sealed handle", () => {
  test("is unsealed to what was sealed", () => {
    fc.assert(
      fc.property(sealed, (handle) => {
        expect(unsealHandle(crypto, keyring, handle.kind, handle.text)).toEqual({
          kind: handle.kind,
          secretVersion: 1,
          locator: handle.locator,
          counter: handle.counter,
        });
      }),
      settings,
    );
  });

  test("R066 is the same text each time, so that a repeat derives the successor that was given before", () => {
    fc.assert(
      fc.property(sealed, (handle) => {
        expect(sealHandle(crypto, keyring, handle.kind, handle.locator, handle.counter)).toBe(handle.text);
      }),
      settings,
    );
  });

  test("R084 is version, locator, counter and MAC, and nothing else", () => {
    fc.assert(
      fc.property(sealed, (handle) => {
        const bytes = bodyOf(handle.text);
        expect(bytes.length).toBe(1 + 16 + 4 + 16);
        expect(bytes[0]).toBe(1);
        expect(bytes.slice(1, 17)).toEqual(handle.locator);
        expect(new DataView(bytes.buffer).getUint32(17)).toBe(handle.counter);
        expect(handle.text).toMatch(handle.kind === "session" ? /^cfs_[\w-]{50}$/ : /^cfr_[\w-]{50}$/);
      }),
      settings,
    );
  });

  test("R068 is refused with any one bit of it changed", () => {
    fc.assert(
      fc.property(sealed, (handle) => {
        const bytes = bodyOf(handle.text);
        const accepted = Array.from({ length: bytes.length * 8 }, (_, bit) => bit).filter((bit) => {
          const forged = bytes.slice();
          forged[bit >> 3]! ^= 1 << (bit & 7);
          const text = HANDLE_PREFIX[handle.kind] + encodeBase64Url(forged);
          return unsealHandle(crypto, keyring, handle.kind, text) !== null;
        });
        expect(accepted).toEqual([]);
      }),
      { ...settings, numRuns: 20 },
    );
  });

  test("R068 is refused with any one character of it replaced", () => {
    fc.assert(
      fc.property(
        sealed,
        fc.nat(53),
        fc.constantFrom(...ALPHABET.split(""), "=", "+", " ", "\n", "é"),
        (handle, at, character) => {
          fc.pre(handle.text[at] !== character);
          const text = handle.text.slice(0, at) + character + handle.text.slice(at + 1);
          expect(unsealHandle(crypto, keyring, handle.kind, text)).toBeNull();
        },
      ),
      { ...settings, numRuns: 2000 },
    );
  });

  test("R068 is refused cut short anywhere, and with anything before or behind it", () => {
    fc.assert(
      fc.property(sealed, fc.string({ minLength: 1, maxLength: 5 }), (handle, more) => {
        for (let length = 0; length < handle.text.length; length++) {
          expect(unsealHandle(crypto, keyring, handle.kind, handle.text.slice(0, length))).toBeNull();
        }
        for (const text of [handle.text + more, more + handle.text, `${handle.text}=`, `${handle.text}A`]) {
          expect(unsealHandle(crypto, keyring, handle.kind, text)).toBeNull();
        }
      }),
      { ...settings, numRuns: 100 },
    );
  });

  test("R068 is refused as a handle of the other kind, also under the other's prefix", () => {
    fc.assert(
      fc.property(sealed, (handle) => {
        const other = handle.kind === "session" ? "refresh" : "session";
        const dressed = HANDLE_PREFIX[other] + handle.text.slice(4);
        expect(unsealHandle(crypto, keyring, other, handle.text)).toBeNull();
        expect(unsealHandle(crypto, keyring, other, dressed)).toBeNull();
        expect(unsealHandle(crypto, keyring, handle.kind, dressed)).toBeNull();
        expect(unsealHandle(crypto, keyring, handle.kind, handle.text.toUpperCase())).toBeNull();
      }),
      settings,
    );
  });

  test("R068 is refused with the counter of another generation, though both are of one session", () => {
    fc.assert(
      fc.property(sealed, (handle) => {
        const bytes = bodyOf(handle.text);
        const next = bodyOf(
          sealHandle(crypto, keyring, handle.kind, handle.locator, (handle.counter + 1) % 0x1_0000_0000),
        );
        bytes.set(next.subarray(17, 21), 17);
        const text = HANDLE_PREFIX[handle.kind] + encodeBase64Url(bytes);
        expect(unsealHandle(crypto, keyring, handle.kind, text)).toBeNull();
      }),
      settings,
    );
  });

  test("R068 is refused by a server with another secret, or without its secret", () => {
    const stranger = keyringOf("another");
    const secondOnly = { ...keyring, byVersion: new Map([[2, keyring.byVersion.get(2)!]]) };
    fc.assert(
      fc.property(sealed, (handle) => {
        expect(unsealHandle(crypto, stranger, handle.kind, handle.text)).toBeNull();
        expect(unsealHandle(crypto, secondOnly, handle.kind, handle.text)).toBeNull();
        const bytes = bodyOf(handle.text);
        bytes[0] = 2;
        const renamed = HANDLE_PREFIX[handle.kind] + encodeBase64Url(bytes);
        expect(unsealHandle(crypto, keyring, handle.kind, renamed)).toBeNull();
      }),
      settings,
    );
  });

  test("is accepted under each secret of the ring, and sealed again under the first", () => {
    const turned = { ...keyring, sealing: keyring.byVersion.get(2)! };
    fc.assert(
      fc.property(sealed, (handle) => {
        const old = unsealHandle(crypto, turned, handle.kind, handle.text);
        expect(old).toMatchObject({ secretVersion: 1, counter: handle.counter });
        const anew = sealHandle(crypto, turned, handle.kind, old!.locator, old!.counter);
        expect(unsealHandle(crypto, turned, handle.kind, anew)).toEqual({ ...old, secretVersion: 2 });
      }),
      settings,
    );
  });

  test("R032 no text at all makes it throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: "binary", maxLength: 50 })), (text) => {
        expect(unsealHandle(crypto, keyring, "session", text)).toBeNull();
        expect(unsealHandle(crypto, keyring, "session", `cfs_${text}`)).toBeNull();
        expect(unsealHandle(crypto, keyring, "session", `cfs_${text.padEnd(50, "A").slice(0, 50)}`)).toBeNull();
      }),
      { ...settings, numRuns: 200 },
    );
  });

  test("is not made of a locator or a counter that does not fit", () => {
    const good = new Uint8Array(16);
    for (const bad of [-1, 0x1_0000_0000, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => sealHandle(crypto, keyring, "session", good, bad)).toThrow(RangeError);
    }
    for (const length of [0, 15, 17, 32]) {
      expect(() => sealHandle(crypto, keyring, "session", new Uint8Array(length), 0)).toThrow(RangeError);
    }
  });
});

test("R034 the ledger's hash of a locator is not the locator, and gives the same session again", () => {
  const random = seededRandom("locators");
  const hashes = new Set<string>();
  for (let index = 0; index < 1000; index++) {
    const each = random.bytes(16);
    const hash = hashLocator(crypto, each);
    expect(hash).toBe(hashLocator(crypto, each.slice()));
    expect(hash).not.toContain(encodeBase64Url(each));
    hashes.add(hash);
  }
  expect(hashes.size).toBe(1000);
});

describe("R015 R068 100,000 handles of the platform's randomness", () => {
  const COUNT = 100_000;
  const LENGTH = 37;
  const bodies = new Uint8Array(COUNT * LENGTH);
  const texts = new Set<string>();
  const locators = new Set<string>();
  for (let index = 0; index < COUNT; index++) {
    const random = systemRandom.bytes(16);
    const text = sealHandle(crypto, keyring, "refresh", random, 0);
    texts.add(text);
    locators.add(text.slice(5, 26));
    bodies.set(bodyOf(text), index * LENGTH);
  }

  test("do not repeat, nor do their locators", () => {
    expect(texts.size).toBe(COUNT);
    expect(locators.size).toBe(COUNT);
  });

  test("have 128 random bits and 128 of MAC, none of which leans to 0 or to 1", () => {
    const ones = new Uint32Array(LENGTH * 8);
    for (let index = 0; index < COUNT; index++) {
      for (let byte = 0; byte < LENGTH; byte++) {
        const value = bodies[index * LENGTH + byte]!;
        for (let bit = 0; bit < 8; bit++) ones[byte * 8 + bit]! += (value >> bit) & 1;
      }
    }
    // Seven standard deviations: a fair source fails this once in some billion runs.
    const tolerance = (7 * Math.sqrt(COUNT)) / 2;
    const leaning = [...ones.keys()].filter((bit) => {
      const byte = bit >> 3;
      const isRandom = (byte >= 1 && byte < 17) || byte >= 21;
      return isRandom && Math.abs(ones[bit]! - COUNT / 2) > tolerance;
    });
    expect(leaning).toEqual([]);
  });
});
