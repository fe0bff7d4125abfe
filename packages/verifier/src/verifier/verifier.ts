import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { Revocation } from "@counterfoil/protocol";
import type { Feed, FeedState } from "../feed/feed.ts";
import { FeedFollower } from "../feed/follower.ts";
import { atMost } from "../fetch/deadline.ts";
import { disposed, IssuerError } from "../fetch/issuer-error.ts";
import type { IssuerFailure } from "../fetch/issuer-error.ts";
import type { Verified } from "../kernel/examination.ts";
import type { Jwk } from "../key/jwk.ts";
import { JwkSetSource } from "../key/jwk-set-source.ts";
import type { RequestHead } from "../request/head.ts";
import type { RequestVerified } from "../request/verify-request.ts";
import type { AccessTokenVerifier, Verdict } from "./access-token-verifier.ts";
import { newCounters } from "./counters.ts";
import type { CreateKernel, PlatformKernel } from "./platform-kernel.ts";
import type { Settings } from "./options.ts";
import type { VerifierStatus } from "./status.ts";
import { UNAVAILABLE } from "./unavailable.ts";
import { Waiting } from "./waiting.ts";

type RequestChecks = Pick<AccessTokenVerifier, "verifyRequest">;

/** What a verifier does with requests is the entry's own: `Requests` is what it made for that. */
export interface VerifierParts<Requests extends RequestChecks> {
  readonly createKernel: CreateKernel;
  readonly createRequests: (verifier: Verifier<Requests>, kernel: PlatformKernel) => Requests;
}

/** Follows the feed and the keys, and asks the kernel. It does nothing until it is first used. */
export class Verifier<Requests extends RequestChecks = RequestChecks> implements AccessTokenVerifier {
  protected readonly requests: Requests;
  readonly #settings: Settings;
  readonly #counters = newCounters();
  readonly #kernel: PlatformKernel;
  readonly #keys: JwkSetSource;
  readonly #feed: FeedFollower;
  readonly #waiting = new Waiting();
  #lastError: { message: string; at: number } | null = null;
  #lastFailure: IssuerFailure = "slow";
  /** Asked on each request's way, where counting would cost more than the look-up. */
  #hasKeys = false;
  /** When a check was last begun, on the monotonic clock: one look serves the token's time and the feed's age. */
  #asked = 0;
  /** How often the feed has told something that a check may not have known yet. */
  #told = 0;
  #started = false;
  #polls = false;
  #disposed = false;

  constructor(settings: Settings, { createKernel, createRequests }: VerifierParts<Requests>) {
    this.#settings = settings;
    const { issuer, audience, algorithms, cacheSize, clock } = settings;
    this.#kernel = createKernel({
      issuer,
      audience,
      algorithms,
      ...(cacheSize === undefined ? {} : { cacheSize }),
      clock: { now: () => this.#feed.ledgerAt(this.#asked), monotonic: () => clock.monotonic() },
    });
    const shared = { ...settings, counters: this.#counters, hasKeys: () => this.#hasKeys };
    this.#keys = new JwkSetSource({
      ...shared,
      runsByItself: settings.feed === "stream",
      setKeys: (keys) => this.#setKeys(keys),
      onKeys: () => this.#feed.notice("The keys were fetched."),
      onFailure: (error) => this.#fail(error),
    });
    this.#feed = new FeedFollower({
      ...shared,
      mode: settings.feed,
      revocations: {
        apply: (entry) => this.#apply(entry),
        applyAll: (entries) => {
          this.#told++;
          for (const entry of entries) this.#kernel.apply(entry);
        },
      },
      onTimeline: () => this.#keys.want(),
      onStateChange: (state, why) => this.#change(state, why),
      onFailure: (error) => this.#fail(error),
      onListenerError: (error) => this.note(`A listener threw: ${String(error)}`),
    });
    this.requests = createRequests(this, this.#kernel);
    const { onRevocation } = settings;
    if (onRevocation !== undefined) this.#feed.subscribe({ told: onRevocation });
  }

  get feed(): Feed {
    return this.#feed;
  }

  get status(): VerifierStatus {
    const { keys, revocations, cachedTokens } = this.#kernel.sizes;
    const { state, stalenessMs, timeline } = this.#feed;
    return {
      state,
      stalenessMs: Number.isFinite(stalenessMs) ? stalenessMs : null,
      timeline,
      keys,
      revocations,
      cachedTokens,
      lastError: this.#lastError,
      ...this.#counters,
      refused: { ...this.#counters.refused },
    };
  }

  verify(token: string): Verdict | Promise<Verdict> {
    if (!this.#started) this.start();
    const verified = this.#check(token);
    if (verified instanceof Promise) return this.#verifyLater(token, verified);
    const isKnown = this.#feed.isFreshAt(this.#asked) && !isUnknownKey(verified);
    return isKnown ? this.#count(verified) : this.#verifyLater(token, verified);
  }

  verifyRequest(head: RequestHead): RequestVerified | Promise<RequestVerified> {
    if (!this.#started) this.start();
    return this.requests.verifyRequest(head);
  }

  async ready(signal?: AbortSignal): Promise<void> {
    if (this.#disposed) throw disposed();
    if (!this.#started) this.start();
    if (this.#feed.isFresh) return;
    const known = this.#waiting.wait(signal, () => this.#explain(signal?.reason));
    if (this.#settings.feed === "poll" && !this.#polls) void this.#pollWhileWaitedFor();
    await known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#waiting.end(disposed());
    await Promise.all([this.#feed.stop(), this.#keys.stop()]);
  }

  /** Once is enough. */
  protected start(): void {
    if (this.#started || this.#disposed) return;
    this.#started = true;
    this.#feed.start();
    if (this.#settings.feed === "stream") void this.#keys.refresh();
  }

  #check(token: string): Verified | Promise<Verified> {
    this.#asked = this.#settings.clock.monotonic();
    return this.#kernel.verify(token);
  }

  /** Whether a stale state is a reason to ask. Where there is no stream nothing else brings news. */
  get #asks(): boolean {
    return !this.#disposed && (this.#settings.whenStale === "catch-up" || this.#settings.feed === "poll");
  }

  get #acceptsStale(): boolean {
    return !this.#disposed && this.#settings.whenStale === "accept";
  }

  /**
   * Whether a refusal stays, whatever could be learned. An unknown key may be a new one; and a token seems to come from
   * the future to whoever has slept.
   */
  #isFinal(verified: Verified & { ok: false }, state: FeedState): boolean {
    if (verified.reason === "unknown_key") return false;
    return !(verified.reason === "not_yet_valid" && state !== "fresh");
  }

  /**
   * A fault of the server's, or of the way there, is no reason to call a token bad.
   *
   * @param wasFetched whether the keys were fetched for it. If not, only a fresh feed tells that no key was replaced
   */
  #refuseKey(verified: Verified, wasFetched: boolean): Verdict {
    const isKnown = wasFetched || this.#feed.state === "fresh";
    return isKnown && !this.#keys.isInDoubt ? verified : UNAVAILABLE.stale;
  }

  async #verifyLater(token: string, first: Verified | Promise<Verified>): Promise<Verdict> {
    return this.#count(await this.#decide(token, first));
  }

  async #decide(token: string, first: Verified | Promise<Verified>): Promise<Verdict> {
    let told = this.#told;
    let verified = await first;
    const checkAgain = async () => {
      told = this.#told;
      verified = await this.#check(token);
    };
    if (this.#feed.state === "cold") {
      if (!this.#asks) return UNAVAILABLE.cold;
      await this.#catchUp();
      if (this.#feed.state === "cold") return UNAVAILABLE.cold;
      await checkAgain();
    }
    if (isUnknownKey(verified)) {
      const fetched = this.#keys.refresh();
      if (fetched !== null) await this.#bounded(fetched);
      else if (this.#feed.state !== "fresh" && this.#asks) await this.#catchUp();
      await checkAgain();
      if (isUnknownKey(verified)) return this.#refuseKey(verified, fetched !== null);
    }
    if (!verified.ok && this.#isFinal(verified, this.#feed.state)) return verified;
    if (this.#feed.state !== "fresh" && this.#asks) {
      await this.#catchUp();
      await checkAgain();
    }
    // A kernel that takes its time may have said yes before the feed told that very thing which makes it fresh.
    while (verified.ok && told !== this.#told) await checkAgain();
    // And it may have outlived what was fresh.
    const { state } = this.#feed;
    if (state === "fresh" || (!verified.ok && this.#isFinal(verified, state))) return verified;
    return this.#acceptsStale && state === "stale" && verified.ok ? verified : UNAVAILABLE[state];
  }

  async #catchUp(): Promise<void> {
    await Promise.all([this.#feed.catchUp(), this.#bounded(this.#keys.ensure())]);
  }

  /** Nobody waits longer for an answer than the bound T: it would prove nothing any more. */
  #bounded(work: Promise<void>): Promise<void> {
    return atMost(this.#settings.clock, STALENESS_BOUND_MS, work);
  }

  async #pollWhileWaitedFor(): Promise<void> {
    this.#polls = true;
    await this.#catchUp();
    if (this.#feed.isFresh) this.#waiting.end(null);
    const next = () => {
      if (this.#waiting.isEmpty) this.#polls = false;
      else void this.#pollWhileWaitedFor();
    };
    const pauseMs = Math.max(this.#feed.pauseMs, this.#hasKeys ? 0 : this.#keys.pauseMs, 1);
    // Whoever was let go is gone one turn later.
    if (this.#feed.isFresh) this.#polls = false;
    else this.#settings.clock.after(pauseMs, next);
  }

  async #setKeys(keys: readonly Jwk[]): Promise<void> {
    await this.#kernel.setKeys(keys);
    this.#hasKeys = this.#kernel.sizes.keys > 0;
  }

  #apply(entry: Revocation): void {
    const isNews = entry.type === "key-revoked" && !this.#kernel.revocations.hasKey(entry.kid);
    this.#told++;
    this.#kernel.apply(entry);
    if (isNews) this.#keys.want();
  }

  #change(state: FeedState, why: string): void {
    if (state === "fresh") this.#waiting.end(null);
    try {
      this.#settings.onStateChange?.(state, why);
    } catch (error) {
      this.note(`onStateChange threw: ${String(error)}`);
    }
  }

  /** Why not everything is known yet, for whoever waits no longer. */
  #explain(cause: unknown): IssuerError {
    const { issuer } = this.#settings;
    const last = this.#lastError?.message ?? "no answer has come yet.";
    return new IssuerError(this.#lastFailure, `Not everything is known yet of ${issuer}: ${last}`, { cause });
  }

  #fail(error: IssuerError): void {
    if (error.failure === "superseded") return;
    this.#lastFailure = error.failure;
    this.note(error.message);
    if (error.isHopeless) this.#waiting.end(error);
  }

  /** Keeps what went wrong last for `status`. */
  note(message: string): void {
    this.#lastError = { message, at: this.#settings.clock.now() };
  }

  /** A cookie that is refused has no reason to be counted by. */
  countCookie(seen: RequestVerified): void {
    if (seen.ok) this.#counters.accepted++;
    else if (seen.code === "unavailable") this.#counters.unavailable++;
  }

  #count(verdict: Verdict): Verdict {
    const counters = this.#counters;
    if (verdict.ok) counters.accepted++;
    else if (verdict.code === "unavailable") counters.unavailable++;
    else counters.refused[verdict.reason] = (counters.refused[verdict.reason] ?? 0) + 1;
    return verdict;
  }
}

function isUnknownKey(verified: Verified): boolean {
  return !verified.ok && verified.reason === "unknown_key";
}
