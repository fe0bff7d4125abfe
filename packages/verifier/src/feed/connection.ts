import type { Random } from "../random.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import { BackOff } from "./back-off.ts";
import type { FeedSource } from "./feed-source.ts";
import type { LogCopy } from "./log-copy.ts";
import { readStream } from "./stream.ts";

/** How long a stream is followed before another takes its place, give or take a fifth. */
const RENEWAL_MS = 60_000;
/** The same, where the stream has never proved anything, or told what we do not understand. */
const EARLY_RENEWAL_MS = 1000;
/** The same, where it no longer proves anything, as when a clock was set: soon enough for nobody to notice. */
const PROMPT_RENEWAL_MS = 250;
/** What it takes to open one is part of the age of all that it tells: beyond this, another try may well do better. */
const SLOW_OPENING_MS = 250;
/** Beyond this nothing that it tells is young enough, and it is as good as none: a failure is repeated as often. */
const USELESS_OPENING_MS = 750;
const LONGEST_USELESS_MS = 5000;

export interface ConnectionListener {
  onReceipt(): void;
  onFailure(error: unknown): void;
}

/** One stream that was opened. */
interface Opened {
  readonly controller: AbortController;
  /** Milliseconds on our monotonic clock. */
  readonly askedAt: number;
  /** Its first receipt has come: it brings everything, and what was opened before is no longer needed. */
  established: boolean;
  /** A receipt of it has proved how old the copy is. */
  hasProved: boolean;
}

/**
 * Keeps a stream of the feed open. Each minute another is opened, and the old one is closed when the new one has brought
 * its first receipt: so the clocks of two machines have a minute to drift apart, and nobody waits for a connection.
 */
export class FeedConnection {
  readonly #source: FeedSource;
  readonly #copy: LogCopy;
  readonly #random: Random;
  readonly #listener: ConnectionListener;
  readonly #backOff: BackOff;
  readonly #streams = new Set<Opened>();
  readonly #running = new Set<Promise<void>>();
  #callOff: () => void = () => undefined;
  #renewsEarly = false;
  /** How many streams in a row were slow to open. */
  #slowOpenings = 0;
  #stopped = false;

  constructor(source: FeedSource, copy: LogCopy, random: Random, listener: ConnectionListener) {
    this.#source = source;
    this.#copy = copy;
    this.#random = random;
    this.#listener = listener;
    this.#backOff = new BackOff(random);
  }

  /** Opens a stream, beside the one that there may be. */
  open(): void {
    if (this.#stopped || this.#isOpening) return;
    this.#callOff();
    this.#renewsEarly = false;
    const askedAt = this.#source.clock.monotonic();
    const run = this.#follow({ controller: new AbortController(), askedAt, established: false, hasProved: false });
    this.#running.add(run);
    run.finally(() => this.#running.delete(run)).catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff();
    this.#closeAll(null);
    await Promise.allSettled(this.#running);
  }

  get #isOpening(): boolean {
    return [...this.#streams].some((stream) => !stream.established);
  }

  async #follow(stream: Opened): Promise<void> {
    this.#streams.add(stream);
    try {
      const reading = this.#copy.begin();
      await readStream(this.#source, reading, stream.controller.signal, (proves) => this.#receive(stream, proves));
    } catch (error) {
      this.#streams.delete(stream);
      if (!stream.controller.signal.aborted) this.#lose(stream, error);
    }
  }

  #receive(stream: Opened, proves: boolean): void {
    this.#source.counters.receipts++;
    if (!stream.established) {
      stream.established = true;
      this.#source.counters.connects++;
      this.#backOff.reset();
      this.#closeAll(stream);
      this.#openAfter(this.#lifetimeOf(stream) * (0.8 + 0.4 * this.#random()));
    }
    if (proves) stream.hasProved = true;
    if (!proves || this.#copy.isInDoubt) this.#renewEarly(stream.hasProved && !proves);
    this.#listener.onReceipt();
  }

  #renewEarly(promptly: boolean): void {
    if (this.#renewsEarly || this.#isOpening) return;
    this.#renewsEarly = true;
    this.#openAfter((promptly ? PROMPT_RENEWAL_MS : EARLY_RENEWAL_MS) * (0.5 + this.#random()));
  }

  /** A network that is always slow is asked less and less often, unless that leaves us stale. */
  #lifetimeOf({ askedAt }: Opened): number {
    const openedIn = this.#source.clock.monotonic() - askedAt;
    this.#slowOpenings = openedIn > SLOW_OPENING_MS ? this.#slowOpenings + 1 : 0;
    if (this.#slowOpenings === 0) return RENEWAL_MS;
    const longest = openedIn > USELESS_OPENING_MS ? LONGEST_USELESS_MS : RENEWAL_MS;
    return Math.min(longest, EARLY_RENEWAL_MS * 2 ** Math.min(this.#slowOpenings - 1, 10));
  }

  #lose(stream: Opened, error: unknown): void {
    if (stream.established) this.#source.counters.disconnects++;
    if (!this.#isOpening) this.#openAfter(this.#backOff.next());
    this.#listener.onFailure(error);
  }

  #openAfter(milliseconds: number): void {
    this.#callOff();
    this.#callOff = this.#source.clock.after(milliseconds, () => this.open());
  }

  #closeAll(but: Opened | null): void {
    for (const stream of this.#streams) {
      if (stream === but) continue;
      this.#streams.delete(stream);
      stream.controller.abort(new IssuerError("disposed", "The stream is no longer needed."));
    }
  }
}
