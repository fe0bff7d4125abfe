import { isRevocation, REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { Revocation } from "@counterfoil/protocol";
import { Segment } from "./segment.ts";
import { packSid } from "./sid-table.ts";

/** The part of the revocation set that others may ask. */
export interface RevocationView {
  /** Whether the session was revoked, as far as the feed has told. */
  has(sid: string): boolean;
  /** The version below which tokens of `sub` are refused; `null` if nothing was decided about it lately. */
  claimsVersion(sub: string): number | null;
  hasKey(kid: string): boolean;
  /** The keys that were revoked. */
  readonly keys: ReadonlySet<string>;
  /** How many facts are held. */
  readonly size: number;
}

const TTL_MS = REVOCATION_TTL_SECONDS * 1000;
const SEGMENT_MS = TTL_MS / 4;

/**
 * What the feed has told: entries of the last 16 minutes (up to 20, as they are forgotten four minutes' worth at a
 * time), and revoked keys for ever. By then every token that an entry could concern has expired, so memory is bounded
 * by the revocations of that time (ASVS V15.2.2).
 *
 * It has no timer: memory is returned when it is next told something, or asked for a session or its size.
 */
export class RevocationSet implements RevocationView {
  readonly #monotonic: () => number;
  /** Oldest first. */
  #segments: Segment[] = [];
  readonly #keys = new Set<string>();

  /** @param monotonic milliseconds that never step: a set clock must not revive what was revoked */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  get size(): number {
    this.#forget();
    return this.#segments.reduce((sum, segment) => sum + segment.size, this.#keys.size);
  }

  /**
   * Adds one fact; a repeat changes nothing.
   *
   * @throws TypeError for a type of entry that this version does not know: to skip it would be to miss a revocation
   */
  add(entry: Revocation): void {
    if (!isRevocation(entry)) throw new TypeError("This is no entry of the revocation feed that this version knows.");
    switch (entry.type) {
      case "session-revoked":
        this.#current().addSid(entry.sid, packSid(entry.sid));
        break;
      case "claims-changed":
        this.#current().raiseVersion(entry.sub, entry.claims_version);
        break;
      case "key-revoked":
        this.#keys.add(entry.kid);
        break;
    }
  }

  has(sid: string): boolean {
    this.#forget();
    if (this.#segments.length === 0) return false;
    const packed = packSid(sid);
    for (const segment of this.#segments) if (segment.hasSid(sid, packed)) return true;
    return false;
  }

  claimsVersion(sub: string): number | null {
    let version = -1;
    for (const segment of this.#segments) version = Math.max(version, segment.version(sub));
    return version === -1 ? null : version;
  }

  hasKey(kid: string): boolean {
    return this.#keys.has(kid);
  }

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  /** The segment that entries go to now. It takes entries for four minutes and keeps them for sixteen more. */
  #current(): Segment {
    this.#forget();
    const now = this.#monotonic();
    const newest = this.#segments.at(-1);
    if (newest !== undefined && now + TTL_MS <= newest.forgetAt) return newest;
    const segment = new Segment(now + SEGMENT_MS + TTL_MS);
    this.#segments.push(segment);
    return segment;
  }

  #forget(): void {
    const [oldest] = this.#segments;
    if (oldest === undefined) return;
    const now = this.#monotonic();
    if (oldest.forgetAt <= now) this.#segments = this.#segments.filter((segment) => segment.forgetAt > now);
  }
}
