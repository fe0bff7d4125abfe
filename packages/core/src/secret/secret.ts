import { decodeBase64Url, encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import { ConfigurationError } from "../errors.ts";
import type { Random } from "../random.ts";
import { CHECKSUM_LENGTH, withChecksum } from "./checksum.ts";

/**
 * A server secret: 32 random bytes, written as `cfk_` + base64url(bytes | checksum 4 B).
 *
 * Only what `counterfoil secret` printed is accepted. Length is no defence (many leaked secrets have 32 bytes and
 * more), and a list of known ones is always behind; a form that nobody types by hand, with a checksum, refuses
 * `super-secret-key` and every other phrase, known or not (ASVS V11.2.3, RFC 8725 §3.5).
 */
export class Secret {
  readonly #bytes: Uint8Array;
  readonly #text: string;

  private constructor(bytes: Uint8Array, text: string) {
    this.#bytes = bytes;
    this.#text = text;
  }

  static generate(crypto: Crypto, random: Random): Secret {
    const bytes = random.bytes(LENGTH);
    return new Secret(bytes, PREFIX + encodeBase64Url(withChecksum(crypto, bytes)));
  }

  /**
   * @param name what to call it when it is refused; the value itself enters no message
   * @throws ConfigurationError if `counterfoil secret` cannot have printed it
   */
  static parse(crypto: Crypto, text: string, name: string): Secret {
    const bytes = text.startsWith(PREFIX) ? decodeBase64Url(text.slice(PREFIX.length)) : null;
    if (bytes === null || bytes.length !== LENGTH + CHECKSUM_LENGTH) throw refused(name, "it was not generated");
    const secret = bytes.slice(0, LENGTH);
    if (!crypto.equal(bytes, withChecksum(crypto, secret))) throw refused(name, "a character is wrong or missing");
    // 32 random bytes have fewer than 16 different values once in about 10^17 times.
    if (new Set(secret).size < LENGTH / 2) throw refused(name, "it is not random");
    return new Secret(secret, text);
  }

  /** The 32 bytes. Derive from them; put them nowhere. */
  bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The text, for the one place that must write it: the file or the terminal of whoever asked for it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

const PREFIX = "cfk_";
const LENGTH = 32;

function refused(name: string, why: string): ConfigurationError {
  return new ConfigurationError(
    `${name} is refused: ${why}. Run \`counterfoil secret\` and use exactly what it prints (cfk_ and 48 characters).`,
  );
}
