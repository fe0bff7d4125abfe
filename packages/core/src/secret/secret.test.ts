import { encodeBase64Url } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";
import { crypto, inspect, secretOf, seededRandom } from "../../test/platform.ts";
import { ConfigurationError } from "../errors.ts";
import { systemRandom } from "../random.ts";
import { KNOWN_SECRETS } from "../../test/known-secrets.ts";
import { Secret } from "./secret.ts";

const NAME = "COUNTERFOIL_SECRET";

function refusal(text: string): string {
  try {
    Secret.parse(crypto, text, NAME);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

const sentence = (why: string) =>
  `${NAME} is refused: ${why}. Run \`counterfoil secret\` and use exactly what it prints (cfk_ and 48 characters).`;

/** A text of the right form and checksum around whatever bytes. */
function dressed(bytes: Uint8Array): string {
  const body = new Uint8Array(36);
  body.set(bytes);
  body.set(crypto.sha256(bytes).subarray(0, 4), 32);
  return `cfk_${encodeBase64Url(body)}`;
}

describe("a secret", () => {
  test("R053 that was generated is accepted, and is the same bytes again", () => {
    for (let index = 0; index < 1000; index++) {
      const generated = Secret.generate(crypto, systemRandom);
      expect(generated.reveal()).toMatch(/^cfk_[\w-]{48}$/);
      expect(generated.bytes()).toHaveLength(32);
      expect(Secret.parse(crypto, generated.reveal(), NAME).bytes()).toEqual(generated.bytes());
      expect(Secret.parse(crypto, generated.reveal(), NAME).reveal()).toBe(generated.reveal());
    }
  });

  test("R053 two that are generated are two", () => {
    const texts = Array.from({ length: 1000 }, () => Secret.generate(crypto, systemRandom).reveal());
    expect(new Set(texts).size).toBe(1000);
  });

  test("R053 the list of known ones is long enough to mean something, and length is no defence against it", () => {
    expect(new Set(KNOWN_SECRETS).size).toBeGreaterThanOrEqual(60);
    expect(KNOWN_SECRETS.filter((text) => text.length >= 32).length).toBeGreaterThanOrEqual(15);
  });

  test.each(KNOWN_SECRETS)(
    "R053 %j, which everybody knows, is refused with the sentence that says what to do",
    (text) => {
      expect(refusal(text)).toBe(sentence("it was not generated"));
      expect(() => Secret.parse(crypto, `cfk_${text}`, NAME)).toThrow(ConfigurationError);
    },
  );

  test("R053 a phrase that is cut to the right length under the prefix is refused", () => {
    for (const text of KNOWN_SECRETS) {
      const cut = `cfk_${text
        .repeat(48)
        .replaceAll(/[^\w-]/g, "x")
        .slice(0, 48)}`;
      expect([sentence("a character is wrong or missing"), sentence("it was not generated")]).toContain(refusal(cut));
    }
  });

  test("R053 any one character changed is refused, whichever it is", () => {
    const text = secretOf("typo").reveal();
    for (let at = 4; at < text.length; at++) {
      const other = text[at] === "A" ? "B" : "A";
      expect(refusal(text.slice(0, at) + other + text.slice(at + 1))).toBe(sentence("a character is wrong or missing"));
    }
  });

  test("R053 what is shorter, longer, padded, quoted or spaced is refused", () => {
    const text = secretOf("form").reveal();
    for (const bad of [
      "",
      "cfk_",
      text.slice(0, -1),
      text.slice(4),
      `${text}A`,
      `${text}=`,
      `${text}\n`,
      ` ${text}`,
      `"${text}"`,
      text.toLowerCase(),
      text.replace("cfk_", "CFK_"),
      text.replace("cfk_", "cfs_"),
      `${text},${text}`,
    ]) {
      expect(refusal(bad)).toMatch(/ is refused: (?:it was not generated|a character is wrong or missing)\. Run /);
    }
  });

  test.each([
    ["zeros", new Uint8Array(32)],
    ["one byte over and over", new Uint8Array(32).fill(0x5a)],
    ["two bytes in turn", Uint8Array.from({ length: 32 }, (_, index) => index % 2)],
    ["fifteen different bytes", Uint8Array.from({ length: 32 }, (_, index) => index % 15)],
    ["a word over and over", new TextEncoder().encode("password".repeat(4))],
  ])("R053 %s with the right checksum are refused: they are not random", (_name, bytes) => {
    expect(refusal(dressed(bytes))).toBe(sentence("it is not random"));
  });

  test("its value enters no refusal", () => {
    const text = secretOf("leak").reveal();
    for (const bad of [text.slice(0, -1), `${text}A`, text.replace("cfk_", ""), `${text.slice(0, 51)}!`]) {
      const message = refusal(bad);
      expect(message).not.toContain(bad.slice(4, 20));
    }
  });

  test("R034 its value is in no string, JSON, inspection, copy, stack or message that it comes to", () => {
    const secret = secretOf("shown");
    const holder = { nested: { secret }, list: [secret], map: new Map([["secret", secret]]) };
    const shown = [
      "".concat(secret as unknown as string),
      String(secret),
      secret.toString(),
      JSON.stringify(secret),
      JSON.stringify(holder),
      inspect(secret),
      inspect(holder, { depth: 10, showHidden: true }),
      inspect(new Error(`broken by ${String(secret)}`, { cause: secret })),
      JSON.stringify(Object.assign({}, secret)),
      inspect(Object.assign({}, secret)),
      Object.entries(secret).join(""),
    ].join("\n");
    expect(shown).toContain("[secret]");
    const hex = Buffer.from(secret.bytes()).toString("hex");
    const parts = [
      secret.reveal().slice(4, 12),
      secret.reveal().slice(20, 28),
      hex.slice(0, 8),
      secret.bytes().join(","),
    ];
    for (const part of parts) expect(shown).not.toContain(part);
  });

  test("comes from the randomness that it is given", () => {
    expect(Secret.generate(crypto, seededRandom("same")).reveal()).toBe(secretOf("same").reveal());
  });
});
