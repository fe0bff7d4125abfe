import type { Clock, VerifierId } from "@counterfoil/core";
import type { FeedStreams } from "./feed-streams.ts";

/** How a verifier stands with this process. Others may know more of it: the ledger keeps none of this. */
export interface VerifierContact {
  /** How many streams of the feed it has open here. */
  readonly streams: number;
  /** When it last asked for something, or took something of a stream; milliseconds since the epoch. */
  readonly lastAt: number | null;
  /** The age of what it knows of the feed from here: of all its streams, the one that is furthest behind. */
  readonly stalenessMs: number | null;
}

interface Seen {
  readonly askedAt: number;
  /** When it was told of the feed by an answer, on the clock that does not step. */
  readonly toldAt: number | null;
}

/** When the verifiers were last heard of, in this process's memory. */
export class VerifierContacts {
  readonly #clock: Clock;
  readonly #streams: Pick<FeedStreams, "following">;
  readonly #seen = new Map<VerifierId, Seen>();

  constructor(clock: Clock, streams: Pick<FeedStreams, "following">) {
    this.#clock = clock;
    this.#streams = streams;
  }

  /** Its credential was accepted. */
  asked(verifier: VerifierId): void {
    this.#seen.set(verifier, { askedAt: this.#clock.now(), toldAt: this.#seen.get(verifier)?.toldAt ?? null });
  }

  /** It was answered with what the feed has, now. */
  told(verifier: VerifierId): void {
    this.#seen.set(verifier, { askedAt: this.#clock.now(), toldAt: this.#clock.monotonic() });
  }

  /** @param registered all that there are: the others are forgotten */
  of(registered: readonly VerifierId[]): readonly VerifierContact[] {
    const known = new Set(registered);
    for (const verifier of this.#seen.keys()) if (!known.has(verifier)) this.#seen.delete(verifier);
    const following = this.#streams.following();
    const [now, monotonic] = [this.#clock.now(), this.#clock.monotonic()];
    return registered.map((verifier) => {
      const seen = this.#seen.get(verifier);
      const stream = following.get(verifier);
      const takenAt = stream === undefined ? null : now - stream.takenAgoMs;
      const lastAt = Math.max(seen?.askedAt ?? 0, takenAt ?? 0) || null;
      const toldAgo = seen === undefined || seen.toldAt === null ? null : monotonic - seen.toldAt;
      const stalenessMs = stream === undefined ? toldAgo : stream.receiptAgeMs;
      return {
        streams: stream?.streams ?? 0,
        lastAt,
        stalenessMs: stalenessMs === Number.POSITIVE_INFINITY ? null : stalenessMs,
      };
    });
  }
}
