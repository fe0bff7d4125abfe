import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { Random } from "../random.ts";
import { atMost, within } from "../fetch/deadline.ts";
import { readBody } from "../fetch/fetch.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
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
  onFailure(error: IssuerError): void;
}

/** Asks for what is new, once for all who wait, and pauses where that fails: a slow server is not drowned by its fleet. */
export class CatchUp {
  readonly #source: FeedSource;
  readonly #copy: LogCopy;
  readonly #listener: CatchUpListener;
  readonly #backOff: BackOff;
  readonly #controller = new AbortController();
  #running: { readonly ended: Promise<void>; readonly until: number } | null = null;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** The last one ran into the short limit: what there is to tell may be a whole snapshot, and asking for less no help. */
  #wasCut = false;

  constructor(source: FeedSource, copy: LogCopy, random: Random, listener: CatchUpListener) {
    this.#source = source;
    this.#copy = copy;
    this.#listener = listener;
    this.#backOff = new BackOff(random);
  }

  /** How long nobody is asked, after a failure; milliseconds, 0 for none. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#source.clock.monotonic());
  }

  /**
   * Resolves when the answer has come or failed, or the bound T has passed: it is of no use to those who wait any more.
   * At once during a pause. Never rejects.
   */
  async run(): Promise<void> {
    if (this.#controller.signal.aborted) return;
    const { clock } = this.#source;
    // One that is over its limit is given up: some runtimes freeze a request whose client has gone.
    if (this.#running === null || clock.monotonic() > this.#running.until) {
      if (this.pauseMs > 0) return;
      this.#begin();
    }
    await atMost(clock, STALENESS_BOUND_MS, this.#running!.ended);
  }

  async stop(): Promise<void> {
    this.#controller.abort(new IssuerError("disposed", "This verifier was disposed of."));
    await this.#running?.ended;
  }

  #begin(): void {
    const reading = this.#copy.begin();
    const limit = this.#limitOf(reading);
    this.#wasCut = false;
    const running = {
      until: this.#source.clock.monotonic() + limit,
      ended: this.#ask(reading, limit).finally(() => {
        if (this.#running === running) this.#running = null;
      }),
    };
    this.#running = running;
  }

  /** Where the ledger has another history, everything is told, though we asked for what is new. */
  #limitOf({ resumeFrom }: ReturnType<LogCopy["begin"]>): number {
    return resumeFrom === null || this.#wasCut ? SNAPSHOT_LIMIT_MS : STALENESS_BOUND_MS;
  }

  async #ask(reading: ReturnType<LogCopy["begin"]>, limit: number): Promise<void> {
    const { counters, clock } = this.#source;
    counters.catchUps++;
    try {
      await within(clock, limit, this.#controller.signal, (signal) => this.#read(reading, signal));
      this.#backOff.reset();
      this.#listener.onAnswer();
    } catch (error) {
      if (this.#controller.signal.aborted) return;
      counters.catchUpFailures++;
      this.#pausedUntil = clock.monotonic() + this.#backOff.next();
      this.#wasCut = limit === STALENESS_BOUND_MS && error instanceof IssuerError && error.failure === "slow";
      const unexpected = () => new IssuerError("failed", "Reading the feed failed.", { cause: error });
      this.#listener.onFailure(error instanceof IssuerError ? error : unexpected());
    }
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
