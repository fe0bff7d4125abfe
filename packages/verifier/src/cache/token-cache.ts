import type { VerificationKey } from "../key/key-set.ts";
import type { Validity } from "../token/claims.ts";
import type { Auth } from "../token/auth.ts";

/** What is known of a token that was verified. */
export interface CachedToken {
  readonly token: string;
  readonly key: VerificationKey;
  readonly validity: Validity;
  readonly accepted: { readonly ok: true; readonly auth: Auth };
  /** How much of the feed and of the key set it has been held against. */
  generation: number;
}

/** 132 bits of the signature. */
const TAIL_LENGTH = 22;

/**
 * Verified tokens, a fixed number at most: the oldest gives way, and tokens expire in about the order in which they
 * came. Keyed by the signature's tail, since hashing a fresh string costs by its length; compared by the whole text,
 * so that no two tokens ever share an entry.
 */
export class TokenCache {
  readonly #byTail = new Map<string, CachedToken>();
  /** In the order in which they came, round and round. One that was deleted stays until its turn comes. */
  readonly #ring: (CachedToken | undefined)[] = [];
  /** The keys of those in the ring: the strings whose hashes are known already. */
  readonly #tails: string[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#byTail.size;
  }

  get(token: string): CachedToken | undefined {
    const entry = this.#byTail.get(tailOf(token));
    return entry !== undefined && entry.token === token ? entry : undefined;
  }

  /** Only ever for a token that has passed every check. */
  add(entry: CachedToken): void {
    if (this.#capacity === 0) return;
    const place = this.#next;
    this.#next = (place + 1) % this.#capacity;
    const oldest = this.#ring[place];
    if (oldest !== undefined) this.#forget(this.#tails[place]!, oldest);
    const tail = tailOf(entry.token);
    this.#ring[place] = entry;
    this.#tails[place] = tail;
    this.#byTail.set(tail, entry);
  }

  delete(entry: CachedToken): void {
    this.#forget(tailOf(entry.token), entry);
  }

  #forget(tail: string, entry: CachedToken): void {
    // Another of the same tail may have taken its place.
    if (this.#byTail.get(tail) === entry) this.#byTail.delete(tail);
  }
}

function tailOf(token: string): string {
  return token.slice(-TAIL_LENGTH);
}
