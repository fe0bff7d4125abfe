import { PREFIXES, STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { Revocation } from "@counterfoil/protocol";
import type { VerifierClock } from "../clock.ts";
import type { Feed } from "../feed/feed.ts";
import { atMost } from "../fetch/deadline.ts";
import type { RequestAuth } from "../request/auth.ts";
import type { Soon } from "../request/soon.ts";
import type { RequestAccepted, RequestVerified } from "../request/verify-request.ts";
import type { RevocationView } from "../revocation/revocation-set.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Introspected } from "./introspection.ts";
import { Places } from "./places.ts";
import { INVALID_SESSION, UNAVAILABLE } from "./refusal.ts";

export interface CookieVerifierParts {
  /** @throws IntrospectionError (as a rejection) if the server cannot say, or has not for so many milliseconds */
  readonly introspect: (cookie: string, limitMs: number) => Promise<Introspected>;
  readonly feed: Feed;
  readonly revocations: RevocationView;
  readonly whenStale: "catch-up" | "reject" | "accept";
  readonly clock: Pick<VerifierClock, "monotonic" | "after">;
  /** Told of each introspection that failed: the outside learns that it is 503, and no more. */
  readonly onFailure?: (error: unknown) => void;
}

interface CachedSession {
  readonly accepted: RequestAccepted;
  /** When the question about it was begun. */
  readonly readAt: number;
  /** When the server is asked next, and so hears of the user's activity. */
  askAt: number;
  usedAt: number;
}

interface Question {
  readonly begunAt: number;
  readonly answer: Promise<RequestVerified>;
}

/** Less than an entry of the feed lives: what is remembered can always be held against it. */
const MAX_AGE_MS = 5 * 60_000;
/** An inactivity timeout is a minute at the least: whoever was away for so long may have been signed out by it. */
const ACTIVITY_INTERVAL_MS = 60_000;
const MAX_SESSIONS = 10_000;
/** A cookie that was no good is none a moment later either; many tabs send it at once. */
const REFUSAL_AGE_MS = 3000;
const MAX_REFUSALS = 1000;
/** After a failure, others are not made to wait for the same one. */
const FAILURE_AGE_MS = 500;
/** How long the server is waited for while the feed is fresh. Else a second, after which an answer proves nothing. */
const TIME_LIMIT_MS = 5000;
const MAX_QUESTIONS = 32;
const MAX_WAITING = 512;
/** How often a question is begun again, if the feed told meanwhile what its answer may not know. */
const MAX_ATTEMPTS = 3;
const MAX_COOKIE_LENGTH = 256;

/**
 * Checks session cookies by asking the server, and remembers who is signed in. Only a yes is remembered for longer than
 * a moment; it is held against the feed at each use, and used only while the feed is fresh (or the policy accepts).
 */
export class CookieVerifier {
  readonly #parts: CookieVerifierParts;
  readonly #sessions = new BoundedMap<CachedSession>(MAX_SESSIONS);
  readonly #refusedUntil = new BoundedMap<number>(MAX_REFUSALS);
  readonly #asking = new Map<string, Question>();
  readonly #places = new Places(MAX_QUESTIONS, MAX_WAITING);
  /** Rises when everybody is to be asked about again. */
  #generation = 0;
  #revokedKeys: ReadonlySet<string>;
  readonly #generationOf = new WeakMap<RequestAuth, number>();
  #failedUntil = -Infinity;

  constructor(parts: CookieVerifierParts) {
    this.#parts = parts;
    this.#revokedKeys = new Set(parts.revocations.keys);
  }

  get size(): number {
    return this.#sessions.size;
  }

  verify(cookie: string): Soon<RequestVerified> {
    const { feed, whenStale, clock } = this.#parts;
    const begunAt = clock.monotonic();
    const cached = this.#find(cookie);
    if (cached === null) return this.#askInTime(cookie, begunAt);
    if (feed.state === "fresh" || (feed.state === "stale" && whenStale === "accept")) return this.#use(cookie, cached);
    if (whenStale !== "catch-up") return this.#askInTime(cookie, begunAt);
    return feed.catchUp().then(() => {
      const still = feed.state === "fresh" ? this.#find(cookie) : null;
      return still === null ? this.#askInTime(cookie, begunAt) : this.#use(cookie, still);
    });
  }

  /** Whether everybody was signed out since this was accepted; `null` if it was not accepted here. */
  isOutdated(auth: RequestAuth): boolean | null {
    const generation = this.#generationOf.get(auth);
    return generation === undefined ? null : generation !== this.#generation;
  }

  told(entry: Revocation): void {
    if (entry.type === "key-revoked") this.#forgetAll();
  }

  /** Another history of the ledger was told: what it does not say may concern us all the same. */
  toldAnew(): void {
    this.#sessions.clear();
    for (const key of this.#parts.revocations.keys) {
      if (!this.#revokedKeys.has(key)) return this.#forgetAll();
    }
  }

  /** At the end of the verifier: nothing is told any more. */
  close(): void {
    this.#sessions.clear();
  }

  #forgetAll(): void {
    this.#generation++;
    this.#revokedKeys = new Set(this.#parts.revocations.keys);
    this.#sessions.clear();
  }

  /** What is remembered of a cookie, and nothing is known against. */
  #find(cookie: string): CachedSession | null {
    const cached = this.#sessions.get(cookie);
    if (cached === undefined) return null;
    const { auth } = cached.accepted;
    const now = this.#parts.clock.monotonic();
    const tooOld = now - cached.readAt >= MAX_AGE_MS || now - cached.usedAt >= ACTIVITY_INTERVAL_MS;
    if (!tooOld && !this.#isKnownAgainst(auth) && this.#parts.feed.ledgerNow() < auth.expiresAt) return cached;
    this.#sessions.delete(cookie);
    return null;
  }

  #isKnownAgainst({ sid, sub, claimsVersion }: RequestAuth): boolean {
    const { revocations } = this.#parts;
    return revocations.has(sid) || claimsVersion < (revocations.claimsVersion(sub) ?? 0);
  }

  #use(cookie: string, cached: CachedSession): RequestAccepted {
    const now = this.#parts.clock.monotonic();
    cached.usedAt = now;
    // A user's request is activity, which the server notes once a minute; meanwhile nobody waits for it.
    if (now >= cached.askAt && this.#places.free) {
      cached.askAt = now + ACTIVITY_INTERVAL_MS;
      void this.#ask(cookie);
    }
    return cached.accepted;
  }

  /** While the feed is not fresh, nobody waits for longer than the bound T in all, whatever stands in the way. */
  #askInTime(cookie: string, begunAt: number): Soon<RequestVerified> {
    const { feed, clock } = this.#parts;
    if (feed.state === "fresh") return this.#ask(cookie);
    const remainingMs = begunAt + STALENESS_BOUND_MS - clock.monotonic();
    if (remainingMs <= 0) return UNAVAILABLE;
    const asked = this.#ask(cookie);
    if (!(asked instanceof Promise)) return asked;
    let answer: RequestVerified = UNAVAILABLE;
    const heard = asked.then((said) => (answer = said));
    return atMost(clock, remainingMs, heard).then(() => answer);
  }

  #ask(cookie: string): Soon<RequestVerified> {
    const now = this.#parts.clock.monotonic();
    if (!cookie.startsWith(PREFIXES.sessionToken) || cookie.length > MAX_COOKIE_LENGTH) return INVALID_SESSION;
    if (now < (this.#refusedUntil.get(cookie) ?? -Infinity)) return INVALID_SESSION;
    if (now < this.#failedUntil) return UNAVAILABLE;
    const asking = this.#asking.get(cookie);
    // The answer to a question of long ago may be older than what was decided before this request came.
    if (asking !== undefined && now - asking.begunAt < STALENESS_BOUND_MS) return asking.answer;
    const question: Question = { begunAt: now, answer: this.#settle(cookie) };
    this.#asking.set(cookie, question);
    void this.#forgetSettled(cookie, question);
    return question.answer;
  }

  async #forgetSettled(cookie: string, question: Question): Promise<void> {
    await question.answer;
    // Another one may have been begun since.
    if (this.#asking.get(cookie) === question) this.#asking.delete(cookie);
  }

  async #settle(cookie: string): Promise<RequestVerified> {
    return (await this.#places.run(() => this.#answer(cookie))) ?? UNAVAILABLE;
  }

  async #answer(cookie: string): Promise<RequestVerified> {
    // Those who stood in line meanwhile are not made to wait for the same failure one after the other.
    if (this.#parts.clock.monotonic() < this.#failedUntil) return UNAVAILABLE;
    try {
      return await this.#introspect(cookie);
    } catch (error) {
      this.#failedUntil = this.#parts.clock.monotonic() + FAILURE_AGE_MS;
      this.#parts.onFailure?.(error);
      return UNAVAILABLE;
    }
  }

  async #introspect(cookie: string): Promise<RequestVerified> {
    const { introspect, feed, clock, whenStale } = this.#parts;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const generation = this.#generation;
      const readAt = clock.monotonic();
      const auth = await introspect(cookie, feed.state === "fresh" ? TIME_LIMIT_MS : STALENESS_BOUND_MS);
      if (auth === null) {
        this.#sessions.delete(cookie);
        this.#refusedUntil.set(cookie, clock.monotonic() + REFUSAL_AGE_MS);
        return INVALID_SESSION;
      }
      // What the feed has told meanwhile, the answer may be older than.
      if (generation !== this.#generation || this.#isKnownAgainst(auth)) continue;
      // Nothing else tells then what was revoked since.
      const isOld = clock.monotonic() - readAt >= STALENESS_BOUND_MS;
      if (isOld && feed.state !== "fresh" && whenStale !== "accept") return UNAVAILABLE;
      const accepted: RequestAccepted = Object.freeze({ ok: true, auth });
      this.#generationOf.set(auth, generation);
      if (feed.state === "fresh") {
        this.#sessions.set(cookie, { accepted, readAt, askAt: readAt + ACTIVITY_INTERVAL_MS, usedAt: readAt });
      }
      return accepted;
    }
    return UNAVAILABLE;
  }
}
