import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import type { RefusalReason } from "../events.ts";
import { HANDLE_PREFIX, hashLocator } from "../handle/handle.ts";
import type { HandleParts } from "../handle/open-handle.ts";
import { openHandle } from "../handle/open-handle.ts";
import type { PresentedHandle, SessionLedger, SessionResolved } from "../ledger/sessions.ts";
import type { RevocationFollower } from "../revocation/follower.ts";
import { heldAgainst, ledgerBehind } from "../revocation/lookup.ts";
import type { RevocationLookup } from "../revocation/lookup.ts";
import type { Subject } from "../user/user.ts";
import type { ActivityRecorder } from "./activity.ts";
import type { SessionCache } from "./session-cache.ts";
import type { Session, Sid } from "./session.ts";
import { ranOut, TOUCH_INTERVAL_MS } from "./session.ts";

export interface ResolverParts extends HandleParts {
  readonly ledger: SessionLedger;
  readonly clock: Clock;
  readonly cache: SessionCache;
  readonly follower: RevocationFollower;
  readonly revocations: RevocationLookup;
  readonly activity: Pick<ActivityRecorder, "note">;
}

export type Resolved =
  | { readonly outcome: "live"; readonly session: Session; readonly now: number }
  | {
      readonly outcome: "refused";
      readonly reason: RefusalReason;
      readonly sid: Sid | null;
      readonly subject: Subject | null;
    };

/** Finds the live session behind a credential: from memory while that is fresh, else from the ledger. */
export class SessionResolver {
  readonly #parts: ResolverParts;

  constructor(parts: ResolverParts) {
    this.#parts = parts;
  }

  /**
   * What memory can say of a session token at once: a yes, while it is fresh. `null` says nothing; ask
   * {@link bySessionToken} then, also where activity is to be noted at once.
   */
  fromMemory(token: string, activity: boolean): Session | null {
    const { follower } = this.#parts;
    if (!follower.fresh) return null;
    const now = follower.ledgerNow();
    const session = this.#cached(token, now);
    if (session === null || !activity || !isActivity(session, now)) return session;
    return isNearEnd(session, now) ? null : this.#noted(token, session, now);
  }

  /** The same, of a session whose access token has just been verified; ask {@link bySid} where it is `null`. */
  fromMemoryBySid(sid: Sid): Session | null {
    const { cache, follower } = this.#parts;
    return follower.fresh ? cache.get(sid, follower.ledgerNow()) : null;
  }

  /**
   * @param use `check`: a yes may come from memory. `mint`: the answer leads to a token, so it comes from the ledger.
   * @throws StoreError if the ledger is needed, and is out of reach or lacks what it had told before
   */
  async bySessionToken(token: string, use: "check" | "mint", activity = true): Promise<Resolved> {
    const { cache, follower } = this.#parts;
    if (use === "check" && follower.fresh) {
      const now = follower.ledgerNow();
      const cached = this.#cached(token, now);
      if (cached !== null) return this.#touched(token, cached, now, activity);
    }
    const { crypto } = this.#parts;
    const handle = await openHandle(this.#parts, "session", token);
    if (handle === null) return { outcome: "refused", reason: "forged_or_mistyped", sid: null, subject: null };
    const presented = { locatorHash: hashLocator(crypto, handle.locator), counter: handle.counter };
    const { resolved, readAt } = await this.#resolve(presented);
    switch (resolved.outcome) {
      case "live":
        cache.put(token, resolved.session, readAt);
        return this.#touched(token, resolved.session, resolved.now, activity);
      case "unknown":
        return { outcome: "refused", reason: "unknown_session", sid: null, subject: null };
      case "superseded":
        return { ...resolved, outcome: "refused", reason: "superseded" };
      case "ended":
        return { ...resolved, outcome: "refused", reason: "session_over" };
    }
  }

  /** As the ledger has it, where that is no less than what is known here. */
  async #resolve(presented: PresentedHandle): Promise<{ readonly resolved: SessionResolved; readonly readAt: number }> {
    const { ledger, clock, follower, revocations } = this.#parts;
    for (let again = false; ; again = true) {
      const readAt = clock.monotonic();
      // oxlint-disable-next-line no-await-in-loop -- once more at the most
      const resolved = await ledger.resolveSession(presented);
      if (resolved.outcome !== "live") return { resolved, readAt };
      const { session } = resolved;
      const held = heldAgainst(revocations, session);
      if (held === "live") return { resolved, readAt };
      const { sid, subject } = session;
      if (held === "revoked") {
        return { resolved: { outcome: "ended", sid, subject, reason: "ended_by_operator" }, readAt };
      }
      if (again) throw ledgerBehind();
      // oxlint-disable-next-line no-await-in-loop
      await follower.catchUp();
    }
  }

  /**
   * The record of a session whose access token has just been verified; `null` if it is over all the same.
   *
   * @throws StoreError if the ledger is needed and out of reach
   */
  async bySid(sid: Sid): Promise<Session | null> {
    const cached = this.fromMemoryBySid(sid);
    if (cached !== null) return cached;
    const { cache, follower, ledger, clock, revocations } = this.#parts;
    const readAt = clock.monotonic();
    const record = await ledger.readSession(sid);
    if (record === null || record.endedAt !== null || revocations.isSessionRevoked(sid)) return null;
    // A clock that has run out is written as the end by whoever comes next; until then the record looks live.
    if (ranOut(record.session, follower.ledgerNow()) !== null) return null;
    cache.put(sid, record.session, readAt);
    return record.session;
  }

  /** Sessions are kept under their `sid` as well, which is public: sent as a session token, it must open nothing. */
  #cached(token: string, now: number): Session | null {
    return token.startsWith(HANDLE_PREFIX.session) ? this.#parts.cache.get(token, now) : null;
  }

  /** Activity moves the inactivity timeout, in the ledger and in the cached copy. */
  async #touched(key: string, session: Session, now: number, activity: boolean): Promise<Resolved> {
    if (!activity || !isActivity(session, now)) return { outcome: "live", session, now };
    if (!isNearEnd(session, now)) return { outcome: "live", session: this.#noted(key, session, now), now };
    const { ledger, cache } = this.#parts;
    try {
      const touched = await ledger.touchSession(session.sid);
      if (touched.outcome === "ended" || touched.outcome === "unknown") {
        cache.delete(key);
        return { outcome: "refused", reason: "session_over", sid: session.sid, subject: session.subject };
      }
      return { outcome: "live", session: this.#active(key, session, now), now };
    } catch (error) {
      // The session was just found live; that its activity could not be noted is our trouble, not the user's.
      if (error instanceof StoreError) return { outcome: "live", session, now };
      throw error;
    }
  }

  /** Written soon, with others': nobody waits for it. */
  #noted(key: string, session: Session, now: number): Session {
    this.#parts.activity.note(session.sid);
    return this.#active(key, session, now);
  }

  #active(key: string, session: Session, now: number): Session {
    const active = { ...session, lastActiveAt: now };
    this.#parts.cache.replace(key, active);
    return active;
  }
}

/** Whether activity at `now` is worth noting. */
function isActivity({ lastActiveAt }: Session, now: number): boolean {
  return now - lastActiveAt >= TOUCH_INTERVAL_MS;
}

/** Activity that is lost in a crash, or by a ledger out of reach, must not be what signs a user out. */
const NEAR_END_MS = 5 * 60_000;

function isNearEnd({ lastActiveAt, inactivitySeconds }: Session, now: number): boolean {
  return lastActiveAt + inactivitySeconds * 1000 - now < NEAR_END_MS;
}
