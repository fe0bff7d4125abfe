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
    counters.catchUps++;
    return this.#request.begin(
      reading.resumeFrom === null ? SNAPSHOT_LIMIT_MS : STALENESS_BOUND_MS,
      async (signal) => {
        await this.#read(reading, signal);
        this.#backOff.reset();
        this.#listener.onAnswer();
      },
      (error) => {
        counters.catchUpFailures++;
        this.#request.pauseFor(this.#backOff.next());
        this.#listener.onFailure(error);
      },
    );
  }

  async #read(reading: ReturnType<LogCopy["begin"]>, signal: AbortSignal): Promise<void> {
    const where = reading.resumeFrom === null ? {} : { query: `?since=${encodeURIComponent(reading.resumeFrom)}` };
    const response = await getFeed(this.#source, "application/json", where, signal);
    const text = new TextDecoder().decode(await readBody(response, MAX_ANSWER_BYTES, signal));
    const { opening, entries, receipt, cursor } = readAnswer(text, this.#source.issuer);
    reading.open(opening);
    reading.entries(entries);
    const proves = reading.receipt(receipt, cursor);
    if (!proves) throw new IssuerError("slow", "A clock stood still, or was set, while the server was asked.");
    if (this.#copy.isInDoubt) {
      throw new IssuerError("not_understood", "The feed tells what this verifier does not understand: update it.");
    }
  }
}
