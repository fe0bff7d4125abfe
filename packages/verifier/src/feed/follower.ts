import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { Revocation } from "@counterfoil/protocol";
import { IssuerError } from "../fetch/issuer-error.ts";
import type { Random } from "../random.ts";
import { CatchUp } from "./catch-up.ts";
import { FeedConnection } from "./connection.ts";
import type { Feed, FeedListener, FeedState } from "./feed.ts";
import type { FeedSource } from "./feed-source.ts";
import { LogCopy } from "./log-copy.ts";
import type { LogSink } from "./log-copy.ts";

export interface FollowerOptions extends FeedSource {
  readonly random: Random;
  readonly mode: "stream" | "poll";
  /** Where what is told takes effect: the kernel. */
  readonly revocations: {
    apply(entry: Revocation): void;
    applyAll(entries: readonly Revocation[]): void;
  };
  readonly hasKeys: () => boolean;
  /** Another history of the ledger is followed than before: what is known of its keys may be of the one before. */
  readonly onTimeline: () => void;
  readonly onStateChange: (state: FeedState, why: string) => void;
  readonly onFailure: (error: IssuerError) => void;
  /** A listener threw: its bug, which must not end the feed. */
  readonly onListenerError: (error: unknown) => void;
}

/** Follows the revocation feed of a server: the stream, and requests of our own where that is not enough. */
export class FeedFollower implements Feed {
  readonly #options: FollowerOptions;
  readonly #copy: LogCopy;
  readonly #connection: FeedConnection;
  readonly #catchUp: CatchUp;
  readonly #listeners = new Set<{ readonly listener: FeedListener }>();
  #told: FeedState = "cold";
  /** What went wrong last, since it was last fresh. */
  #failure: IssuerError | null = null;
  #started = false;
  #stopped = false;
  #watches = false;
  #stopWatching: () => void = () => undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#copy = new LogCopy(options.clock, this.#createSink());
    this.#connection = new FeedConnection(options, this.#copy, options.random, {
      onReceipt: () => this.#noticeReceipt(),
      onFailure: (error) => this.#fail(error),
    });
    this.#catchUp = new CatchUp(options, this.#copy, options.random, {
      onAnswer: () => this.#recover("A catch-up was answered."),
      onFailure: (error) => this.#fail(error),
    });
  }

  get isFresh(): boolean {
    return this.isFreshAt(this.#options.clock.monotonic());
  }

  /** Whether the state is `fresh`, on each request's way: a look at the clock is a tenth of it. */
  isFreshAt(monotonic: number): boolean {
    return (
      this.#copy.freshness.isWithin(STALENESS_BOUND_MS, monotonic, this.#options.clock.now()) &&
      !this.#copy.isInDoubt &&
      !this.#stopped &&
      this.#options.hasKeys()
    );
  }

  get state(): FeedState {
    if (this.#copy.timeline === null || !this.#options.hasKeys()) return "cold";
    return this.isFresh ? "fresh" : "stale";
  }

  get stalenessMs(): number {
    return this.#options.hasKeys() ? this.#copy.stalenessMs : Number.POSITIVE_INFINITY;
  }

  get timeline(): string | null {
    return this.#copy.timeline;
  }

  /** How long a catch-up would bring nothing, milliseconds: one has failed a moment ago. */
  get pauseMs(): number {
    return this.#catchUp.pauseMs;
  }

  ledgerNow(): number {
    return this.ledgerAt(this.#options.clock.monotonic());
  }

  ledgerAt(monotonic: number): number {
    return this.#copy.freshness.ledgerNow(monotonic);
  }

  /** Opens the stream, where there is to be one. Once is enough. */
  start(): void {
    if (this.#started || this.#stopped) return;
    this.#started = true;
    if (this.#options.mode === "stream") this.#connection.open();
  }

  catchUp(): Promise<void> {
    return this.#catchUp.run();
  }

  subscribe(listener: FeedListener): () => void {
    // In a wrapping of its own: of one that subscribes twice, one ends.
    const own = { listener };
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Tells a change of the state, if there was one. */
  notice(why: string): void {
    const { state } = this;
    this.#watch(state);
    if (state === this.#told) return;
    this.#told = state;
    this.#options.onStateChange(state, why);
    this.#tell((listener) => listener.changed?.(state));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopWatching();
    await Promise.all([this.#connection.stop(), this.#catchUp.stop()]);
    this.notice("The verifier was disposed of.");
  }

  #createSink(): LogSink {
    const { revocations, counters, onTimeline } = this.#options;
    return {
      apply: (entry) => {
        counters.entries++;
        revocations.apply(entry);
        this.#tell((listener) => listener.told?.(entry));
      },
      beginAnew: (entries, isFirst) => {
        counters.snapshots++;
        counters.entries += entries.length;
        // Added, here too: a ledger that lost commits has forgotten revocations, and who remembers them goes on refusing.
        revocations.applyAll(entries);
        this.#tell((listener) => listener.toldAnew?.());
        if (!isFirst) onTimeline();
      },
      completed: () => {
        counters.snapshots++;
      },
      notUnderstood: (count) => {
        counters.unknownEntries += count;
        this.notice("The feed told what this verifier does not understand.");
      },
    };
  }

  #tell(tell: (listener: FeedListener) => void): void {
    for (const { listener } of this.#listeners) {
      try {
        tell(listener);
      } catch (error) {
        this.#options.onListenerError(error);
      }
    }
  }

  #noticeReceipt(): void {
    const { doubt } = this.#copy;
    if (doubt === null) this.#recover("A receipt has come.");
    else this.#fail(doubt);
  }

  #recover(why: string): void {
    if (this.isFresh) this.#failure = null;
    this.notice(why);
  }

  #fail(cause: unknown): void {
    const { counters } = this.#options;
    const error =
      cause instanceof IssuerError ? cause : new IssuerError("failed", "Reading the feed failed.", { cause });
    if (error.failure === "malformed") counters.malformed++;
    if (error.failure === "wrong_issuer" || error.failure === "unknown_version") counters.wrongIssuer++;
    if (error.failure !== "superseded") this.#failure = error;
    this.#options.onFailure(error);
    this.notice(error.message);
  }

  /** Only time makes a fresh one stale: somebody has to look at the clock, if it is to be told. */
  #watch(state: FeedState): void {
    if (state !== "fresh" || this.#watches || this.#options.mode === "poll") return;
    this.#watches = true;
    const remaining = Math.max(1, Math.ceil(STALENESS_BOUND_MS - this.#copy.stalenessMs));
    this.#stopWatching = this.#options.clock.after(remaining, () => {
      this.#watches = false;
      const why = `No receipt has come for ${STALENESS_BOUND_MS} ms.`;
      this.notice(this.#failure === null ? why : `${why} ${this.#failure.message}`);
    });
  }
}
