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

interface Slot {
  readonly tail: string;
  readonly entry: CachedToken;
  readonly index: number;
}

/** 132 bits of the signature. */
const TAIL_LENGTH = 22;

/**
 * Verified tokens, a fixed number at most: the oldest gives way, and tokens expire in about the order in which they
 * came. Keyed by the signature's tail, since hashing a fresh string costs by its length; compared by the whole text,
 * so that no two tokens ever share an entry.
 */
export class TokenCache {
  readonly #byTail = new Map<string, Slot>();
  readonly #slots: (Slot | undefined)[];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#slots = [];
  }

  get size(): number {
    return this.#byTail.size;
  }

  get(token: string): CachedToken | undefined {
    const entry = this.#byTail.get(tailOf(token))?.entry;
    return entry?.token === token ? entry : undefined;
  }

  /** Only ever for a token that has passed every check. */
  add(entry: CachedToken): void {
    if (this.#capacity === 0) return;
    const tail = tailOf(entry.token);
    this.#remove(this.#byTail.get(tail));
    this.#remove(this.#slots[this.#next]);
    const slot = { tail, entry, index: this.#next };
    this.#slots[slot.index] = slot;
    this.#byTail.set(tail, slot);
    this.#next = (this.#next + 1) % this.#capacity;
  }

  delete(entry: CachedToken): void {
    const slot = this.#byTail.get(tailOf(entry.token));
    if (slot?.entry === entry) this.#remove(slot);
  }

  #remove(slot: Slot | undefined): void {
    if (slot === undefined) return;
    this.#byTail.delete(slot.tail);
    this.#slots[slot.index] = undefined;
  }
}

function tailOf(token: string): string {
  return token.slice(-TAIL_LENGTH);
}
