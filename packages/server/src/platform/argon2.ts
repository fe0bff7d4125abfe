import { hash, parseOptions, verify } from "@node-rs/argon2";
import type { ParsedHashOptions } from "@node-rs/argon2";
import { createPepper, PasswordUncheckable } from "@counterfoil/core";
import type { Password, PasswordHash, Secret } from "@counterfoil/core";
import { nodeCrypto } from "./node-crypto.ts";

/** argon2id, 19 MiB, t = 2, p = 1 (OWASP Password Storage; ASVS V11.4.2): about 12 ms of one core. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const OUTPUT_BYTES = 32;
const SALT_BYTES = 16;

/**
 * Passwords by argon2, in PHC strings. With a pepper, that is its secret input (RFC 9106 §3.1, `K`): who has a copy of
 * the ledger alone can then try no password (NIST SP 800-63B §3.1.1.2). The fingerprint of the pepper stands before the
 * PHC string, `<fingerprint>$argon2id$…`; without one nothing does.
 */
export class Argon2 implements PasswordHash {
  readonly #peppers: ReadonlyMap<string, Uint8Array>;
  /** Of the pepper that new passwords are hashed with; `""` where there is none. */
  readonly #current: string;

  /** @param peppers the first hashes, all verify */
  constructor(peppers: readonly Secret[]) {
    const all = peppers.map((pepper) => createPepper(nodeCrypto, pepper));
    this.#peppers = new Map(all.map(({ fingerprint, key }) => [fingerprint, key]));
    this.#current = all[0]?.fingerprint ?? "";
  }

  async hash(password: Password): Promise<string> {
    return this.#current + (await hash(password, { ...PARAMETERS, ...this.#secretOf(this.#current) }));
  }

  async verify(stored: string, password: Password): Promise<boolean> {
    const { pepper, phc } = split(stored);
    if (parse(phc) === null) return false;
    const secret = this.#secretOf(pepper);
    try {
      return await verify(phc, password, secret);
    } catch {
      // Its parameters cannot be computed with: nobody's password is right for it.
      return false;
    }
  }

  /** Stronger ones stay: to hash them anew would make them weaker. */
  isCurrent(stored: string): boolean {
    const { pepper, phc } = split(stored);
    const parsed = parse(phc);
    return (
      pepper === this.#current &&
      parsed !== null &&
      phc.startsWith("$argon2id$v=19$") &&
      parsed.memoryCost >= PARAMETERS.memoryCost &&
      parsed.timeCost >= PARAMETERS.timeCost &&
      parsed.parallelism >= PARAMETERS.parallelism &&
      parsed.outputLen >= OUTPUT_BYTES &&
      parsed.saltLen >= SALT_BYTES
    );
  }

  #secretOf(pepper: string): { readonly secret?: Uint8Array } {
    if (pepper === "") return {};
    const secret = this.#peppers.get(pepper);
    if (secret !== undefined) return { secret };
    // Ours to mend: the password may well be right.
    throw new PasswordUncheckable(
      `This server lacks the pepper that a password was hashed with (fingerprint ${pepper}): add it to COUNTERFOIL_PASSWORD_PEPPER.`,
    );
  }
}

function split(stored: string): { readonly pepper: string; readonly phc: string } {
  const at = Math.max(stored.indexOf("$"), 0);
  return { pepper: stored.slice(0, at), phc: stored.slice(at) };
}

/** `null` for what argon2 did not make. */
function parse(phc: string): ParsedHashOptions | null {
  try {
    return parseOptions(phc);
  } catch {
    return null;
  }
}
