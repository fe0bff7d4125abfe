import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { Random } from "../random.ts";
import { atMost } from "../fetch/deadline.ts";
import { readBody } from "../fetch/fetch.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import { SharedRequest } from "../fetch/shared-request.ts";
import { BackOff } from "./back-off.ts";
import { getFeed } from "./feed-source.ts";
import type { FeedSource } from "./feed-source.ts";
import type { LogCopy } from "./log-copy.ts";
import { readAnswer } from "./wire.ts";

/** How long a whole snapshot may take; those who wait for it are let go sooner. */
const SNAPSHOT_LIMIT_MS = 10_000;
/** A million entries. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

export interface CatchUpListener {
  onAnswer(): void;
  onFailure(error: unknown): void;
}

/** Asks for what is new, once for all who wait, and pauses where that fails: a slow server is not drowned by its fleet. */
export class CatchUp {
  readonly #source: FeedSource;
  readonly #copy: LogCopy;
  readonly #listener: CatchUpListener;
  readonly #backOff: BackOff;
  readonly #request: SharedRequest;
  /** The last one ran into the short limit: what there is to tell may be a whole snapshot, and asking for less no help. */
  #wasCut = false;

  constructor(source: FeedSource, copy: LogCopy, random: Random, listener: CatchUpListener) {
    this.#source = source;
    this.#copy = copy;
    this.#listener = listener;
    this.#backOff = new BackOff(random);
    this.#request = new SharedRequest(source.clock);
  }

  /** How long nobody is asked, after a failure; milliseconds, 0 for none. */
  get pauseMs(): number {
    return this.#request.pauseMs;
  }

  /**
   * Resolves when the answer has come or failed, or the bound T has passed: it is of no use to those who wait any more.
   * At once during a pause. Never rejects.
   */
  async run(): Promise<void> {
    if (this.#request.isStopped) return;
    const running = this.#request.ended ?? (this.pauseMs > 0 ? null : this.#begin());
    if (running !== null) await atMost(this.#source.clock, STALENESS_BOUND_MS, running);
  }

  stop(): Promise<void> {
    return this.#request.stop();
  }

  #begin(): Promise<void> {
    const { counters } = this.#source;
    const reading = this.#copy.begin();
    // Where the ledger has another history, everything is told, though we asked for what is new.
    const isLong = reading.resumeFrom === null || this.#wasCut;
    this.#wasCut = false;
    counters.catchUps++;
    return this.#request.begin(
      isLong ? SNAPSHOT_LIMIT_MS : STALENESS_BOUND_MS,
      async (signal) => {
        await this.#read(reading, signal);
        this.#backOff.reset();
        this.#listener.onAnswer();
      },
      (error) => {
        counters.catchUpFailures++;
        this.#request.pauseFor(this.#backOff.next());
        this.#wasCut = !isLong && error instanceof IssuerError && error.failure === "slow";
        this.#listener.onFailure(error);
      },
    );
  }

  async #read(reading: ReturnType<LogCopy["begin"]>, signal: AbortSignal): Promise<void> {
    const where = reading.resumeFrom === null ? {} : { query: `?since=${encodeURIComponent(reading.resumeFrom)}` };
    const passed = this.#copy.freshness.passedAt(this.#source.clock.monotonic());
    const response = await getFeed(this.#source, "application/json", where, signal);
    const text = new TextDecoder().decode(await readBody(response, MAX_ANSWER_BYTES, signal));
    const { opening, entries, receipt, cursor } = readAnswer(text, this.#source.issuer);
    // A proxy that keeps answers, and does not say so, gives the same one for as long as nothing is revoked.
    if (receipt.ledger_time <= passed && this.#copy.timeline === opening.timeline) {
      throw new IssuerError("failed", "A cache answered for the feed, or the ledger's clock was set back.");
    }
    reading.open(opening);
    reading.entries(entries);
    const proves = reading.receipt(receipt, cursor);
    if (!proves) throw new IssuerError("slow", "A clock stood still, or was set, while the server was asked.");
    const { doubt } = this.#copy;
    if (doubt !== null) throw doubt;
  }
}
