import { SidTable } from "./sid-table.ts";
import type { PackedSid } from "./sid-table.ts";

/** What was revoked in one span of time. It is forgotten as a whole, so that no entry needs a date of its own. */
export class Segment {
  /** From when on all of it may be forgotten, by the monotonic clock. */
  readonly forgetAt: number;
  readonly #sids = new SidTable();
  /** Sids in a form that is not ours. */
  readonly #foreignSids = new Set<string>();
  readonly #versions = new Map<string, number>();

  constructor(forgetAt: number) {
    this.forgetAt = forgetAt;
  }

  get size(): number {
    return this.#sids.size + this.#foreignSids.size + this.#versions.size;
  }

  addSid(sid: string, packed: PackedSid | null): void {
    if (packed === null) this.#foreignSids.add(sid);
    else this.#sids.add(packed);
  }

  hasSid(sid: string, packed: PackedSid | null): boolean {
    return packed === null ? this.#foreignSids.has(sid) : this.#sids.has(packed);
  }

  raiseVersion(sub: string, version: number): void {
    if (version > (this.#versions.get(sub) ?? -1)) this.#versions.set(sub, version);
  }

  version(sub: string): number {
    return this.#versions.get(sub) ?? -1;
  }
}
