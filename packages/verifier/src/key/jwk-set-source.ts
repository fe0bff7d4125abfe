import { PATHS } from "@counterfoil/protocol";
import type { VerifierClock } from "../clock.ts";
import { BackOff } from "../feed/back-off.ts";
import { get, readBody } from "../fetch/fetch.ts";
import type { Fetch } from "../fetch/fetch.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import { SharedRequest } from "../fetch/shared-request.ts";
import type { Random } from "../random.ts";
import { decodeJsonObject } from "../token/json.ts";
import type { Counters } from "../verifier/counters.ts";
import type { Jwk } from "./jwk.ts";

/** How old the trusted keys become. */
const MAX_AGE_MS = 5 * 60_000;
/** Whoever presents tokens chooses their `kid`s: whatever comes, the set is fetched once in this time at the most. */
const COOLDOWN_MS = 10_000;
const LIMIT_MS = 5000;
const MAX_BYTES = 256 * 1024;

export interface JwkSetOptions {
  readonly issuer: string;
  readonly fetch: Fetch;
  readonly clock: VerifierClock;
  readonly random: Random;
  readonly counters: Counters;
  /** Whether it is fetched again without anybody's asking. */
  readonly runsByItself: boolean;
  /** Whether there are any trusted keys: without one a failed fetch is repeated sooner. */
  readonly hasKeys: () => boolean;
  /** @throws TypeError if one of them must not be used; the trusted ones stay as they were */
  readonly setKeys: (keys: readonly Jwk[]) => void | Promise<void>;
  readonly onKeys: () => void;
  readonly onFailure: (error: IssuerError) => void;
}

/** The issuer's keys. A bad answer, or none, leaves those that were trusted. */
export class JwkSetSource {
  readonly #options: JwkSetOptions;
  readonly #request: SharedRequest;
  readonly #backOff: BackOff;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** Something was told that the trusted keys may not agree with. */
  #isWanted = false;
  #failed = false;
  #callOff: () => void = () => undefined;

  constructor(options: JwkSetOptions) {
    this.#options = options;
    this.#request = new SharedRequest(options.clock);
    this.#backOff = new BackOff(options.random);
  }

  /**
   * Whether a key that is not known here may be known there: the newest fetch failed, or has not ended, or the next is
   * due and has to rest. Whoever revokes a key signs with another at once.
   */
  get isInDoubt(): boolean {
    return this.#failed || this.#isWanted || this.#request.isRunning;
  }

  /** How long nothing is fetched, milliseconds; 0 for no time. */
  get pauseMs(): number {
    return this.#request.pauseMs;
  }

  /**
   * Fetches the set, or waits for the fetch that runs.
   *
   * @returns resolves when it ended, however; `null` while nothing may be fetched
   */
  refresh(): Promise<void> | null {
    if (this.#request.isStopped) return null;
    return this.#request.ended ?? (this.pauseMs > 0 ? null : this.#begin());
  }

  /** Has the set fetched if it is due: there are no keys, they are old, or {@link want} was called. */
  async ensure(): Promise<void> {
    const age = this.#options.clock.monotonic() - this.#takenAt;
    if (!this.#options.hasKeys() || this.#isWanted || age > MAX_AGE_MS) await this.refresh();
  }

  /** A key was revoked, or the ledger has another history: the set is fetched as soon as it may be. */
  want(): void {
    this.#isWanted = true;
    this.#fetchAfter(0);
  }

  async stop(): Promise<void> {
    this.#callOff();
    await this.#request.stop();
  }

  #begin(): Promise<void> {
    const { counters, clock, hasKeys, onFailure, onKeys, random } = this.#options;
    const startedAt = clock.monotonic();
    this.#isWanted = false;
    this.#request.pauseFor(COOLDOWN_MS);
    counters.jwkSetFetches++;
    return this.#request.begin(
      LIMIT_MS,
      async (signal) => {
        await this.#read(signal);
        this.#failed = false;
        this.#takenAt = startedAt;
        this.#backOff.reset();
        onKeys();
        this.#fetchAfter(MAX_AGE_MS * (0.9 + 0.1 * random()));
      },
      (error) => {
        this.#failed = true;
        counters.jwkSetFailures++;
        const pauseMs = this.#backOff.next();
        if (!hasKeys()) this.#request.pauseFor(pauseMs);
        const refused = () =>
          new IssuerError("malformed", `The JWK Set is refused: ${wordsOf(error)}`, { cause: error });
        onFailure(error instanceof IssuerError ? error : refused());
        this.#fetchAfter(pauseMs);
      },
    );
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { fetch, issuer, setKeys } = this.#options;
    const response = await get(fetch, issuer + PATHS.jwkSet, "application/json", signal);
    const keys = decodeJsonObject(await readBody(response, MAX_BYTES, signal))?.["keys"];
    if (!Array.isArray(keys) || !keys.every((key) => typeof key === "object" && key !== null)) {
      throw new IssuerError("malformed", "The JWK Set is refused: it is no JSON object with a list of keys.");
    }
    if (keys.length === 0) throw new IssuerError("malformed", "The JWK Set is refused: it has no keys.");
    await setKeys(keys as readonly Jwk[]);
  }

  /** Fetches by itself, sooner where that is wanted and never before it may. */
  #fetchAfter(milliseconds: number): void {
    const { clock, runsByItself } = this.#options;
    if (!runsByItself || this.#request.isStopped) return;
    this.#callOff();
    const afterMs = Math.max(this.#isWanted ? 0 : milliseconds, this.pauseMs);
    this.#callOff = clock.after(afterMs, () => {
      // One that came before its time, by whatever fraction, must not be the last.
      if (this.refresh() === null) this.#fetchAfter(0);
    });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof TypeError ? error.message : "something unexpected went wrong.";
}
