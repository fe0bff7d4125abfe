import { decodePart } from "../encoding/base64url.ts";

const PREFIX = "ses_";
const SID_LENGTH = PREFIX.length + 22;
const WORDS = 4;
const MIN_SLOTS = 64;

/** A `sid`'s 16 random bytes. */
export type PackedSid = readonly [number, number, number, number];

const ascii = new TextEncoder();
// One workplace for all, as each is read at once.
const text = new Uint8Array(SID_LENGTH);
const bytes = new Uint8Array(WORDS * 4);
const view = new DataView(bytes.buffer);

/** The bytes of one of our sids; `null` for any other text, and for all zeros, which marks a free slot. */
export function packSid(sid: string): PackedSid | null {
  if (sid.length !== SID_LENGTH || !sid.startsWith(PREFIX)) return null;
  // A character beyond ASCII becomes bytes that are outside the alphabet.
  ascii.encodeInto(sid, text);
  if (decodePart(text, PREFIX.length, SID_LENGTH, bytes, 0) === -1) return null;
  const packed = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)] as const;
  return (packed[0] | packed[1] | packed[2] | packed[3]) === 0 ? null : packed;
}

/**
 * A set of sids at 16 bytes a slot: a `Set` of a million strings takes 267 MiB, this one 32. Open addressing with
 * linear probing; nothing is ever removed, the table is dropped as a whole.
 *
 * A sid is random and chosen by the issuer, so its own bits are its hash: nobody can aim at one run of slots.
 */
export class SidTable {
  #words = new Uint32Array(MIN_SLOTS * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(sid: PackedSid): boolean {
    return this.#isTaken(this.#find(sid));
  }

  add(sid: PackedSid): void {
    const at = this.#find(sid);
    if (this.#isTaken(at)) return;
    this.#words.set(sid, at);
    this.#size++;
    // At most three quarters full: runs stay short, and the search for a free slot always ends.
    if (this.#size * WORDS * 4 > this.#words.length * 3) this.#grow();
  }

  /** Where `sid` is, or the free slot where it would go. */
  #find(sid: PackedSid): number {
    const words = this.#words;
    const mask = words.length - 1;
    const [a, b, c, d] = sid;
    let at = (a * WORDS) & mask;
    while (!(words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d)) {
      if (!this.#isTaken(at)) break;
      at = (at + WORDS) & mask;
    }
    return at;
  }

  #isTaken(at: number): boolean {
    const words = this.#words;
    return (words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!) !== 0;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let from = 0; from < old.length; from += WORDS) {
      const sid: PackedSid = [old[from]!, old[from + 1]!, old[from + 2]!, old[from + 3]!];
      if ((sid[0] | sid[1] | sid[2] | sid[3]) !== 0) this.#words.set(sid, this.#find(sid));
    }
  }
}
