import type { Revocation } from "@counterfoil/protocol";
import type { Feed } from "../feed/feed.ts";
import type { RequestAuth } from "../request/auth.ts";
import { TOLERANCE_SECONDS } from "../token/claims.ts";
import { endingOf } from "./connection.ts";
import type { Connection, Ending, EndReason } from "./connection.ts";

/** Whose connection it is, and how long for. What `verifyRequest` gives, or `verify`. */
export type GuardedAuth = Pick<RequestAuth, "sub" | "sid" | "claimsVersion" | "expiresAt"> & {
  /** The key of an access token. */
  readonly kid?: string;
};

export interface GuardOptions {
  /** Called once, when the guard ends the connection and before it is closed: a last event may still be sent. */
  readonly ended?: (reason: EndReason) => void;
}

/** A connection that ends with its session. */
export interface Guarded {
  /** Why the guard ended it; `null` while it is open, and where it closed by itself. */
  readonly ended: EndReason | null;
  /**
   * Goes on with a fresher credential of the same session, before the present one expires.
   *
   * @returns false if it is of another session, or no good any more; the connection is as it was then
   */
  renew(auth: GuardedAuth): boolean;
  /** Leaves the connection alone from now on. */
  release(): void;
}

export interface GuardParts {
  readonly feed: Pick<Feed, "state" | "ledgerNow" | "catchUp">;
  /** What is known against a credential that was good a moment ago: nothing asks the ledger here. */
  recheck(auth: GuardedAuth): EndReason | null;
  readonly whenStale: "catch-up" | "reject" | "accept";
  /** Whether news comes only when it is asked for. */
  readonly polls: boolean;
  /** Milliseconds from any start; never steps. */
  monotonic(): number;
  /** @returns ends it */
  every(milliseconds: number, run: () => void): () => void;
}

/** How often expiries and staleness are looked at, for all connections at once. */
const ROUND_MS = 500;
/** How long a peer has to answer the close. */
const GOODBYE_MS = 2000;

/**
 * Ends live connections with their session (ASVS V7.4.1, V4.4.4): when the feed tells, when the credential expires, and
 * when nobody can tell any more. Each costs two entries in maps, and all share one timer, which runs while there is
 * any.
 */
export class ConnectionGuard {
  readonly #parts: GuardParts;
  readonly #bySid = new Map<string, Set<Open>>();
  readonly #bySub = new Map<string, Set<Open>>();
  /** Told to close, and by when they should have. */
  readonly #closing = new Map<Ending, number>();
  #stop: (() => void) | null = null;
  #catchingUp = false;
  #closed = false;

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /** How many connections are open, for metrics. */
  get size(): number {
    let size = 0;
    for (const group of this.#bySid.values()) size += group.size;
    return size;
  }

  /** @throws TypeError if `connection` is none that can be watched */
  guard(auth: GuardedAuth, connection: Connection, options: GuardOptions = {}): Guarded {
    const open = new Open(auth, endingOf(connection), options);
    // It closed while its request was being checked, and will not say so again.
    if (!open.ending.closed) {
      open.ending.onClose(() => {
        this.#forget(open);
        this.#closing.delete(open.ending);
        this.#rest();
      });
      this.#remember(open);
      // What was told between the check of the request and now found nothing to end.
      const reason = this.#closed ? "unavailable" : this.#recheck(auth);
      if (reason !== null) this.#end(open, reason);
      else if (this.#parts.feed.state !== "fresh") void this.#endIfStale();
    }
    return {
      get ended() {
        return open.ended;
      },
      renew: (fresher) => this.#renew(open, fresher),
      release: () => {
        this.#forget(open);
        this.#rest();
      },
    };
  }

  /** A fact of the feed, after it took effect. */
  told(entry: Revocation): void {
    switch (entry.type) {
      case "session-revoked":
        for (const open of this.#bySid.get(entry.sid) ?? []) this.#end(open, "session_ended");
        break;
      case "claims-changed":
        for (const open of this.#bySub.get(entry.sub) ?? []) {
          if (open.auth.claimsVersion < entry.claims_version) this.#end(open, "claims_changed");
        }
        break;
      case "key-revoked":
        // Everybody: which key a credential was under is not kept, and who has a good one comes again.
        for (const open of this.#all()) this.#end(open, "session_ended");
        break;
    }
  }

  /** All that another history of the ledger tells is known. */
  toldAnew(): void {
    for (const open of this.#all()) {
      const reason = this.#recheck(open.auth);
      if (reason !== null) this.#end(open, reason);
    }
  }

  /** The feed has become fresh, stale or cold. */
  changed(): void {
    void this.#endIfStale();
  }

  /** Ends them all, and those that come later, at the end of the verifier: nobody would be told any more. */
  close(): void {
    this.#closed = true;
    for (const open of this.#all()) this.#end(open, "unavailable");
  }

  #recheck(auth: GuardedAuth): EndReason | null {
    return this.#isOver(auth) ? "token_expired" : this.#parts.recheck(auth);
  }

  #isOver({ expiresAt }: GuardedAuth): boolean {
    return this.#parts.feed.ledgerNow() >= expiresAt + TOLERANCE_SECONDS * 1000;
  }

  #renew(open: Open, fresher: GuardedAuth): boolean {
    if (open.over || fresher.sid !== open.auth.sid || fresher.sub !== open.auth.sub) return false;
    if (fresher.claimsVersion < open.auth.claimsVersion || this.#recheck(fresher) !== null) return false;
    // An older token of the session shortens nothing. Newer claims outlive the others, however long those were good for.
    const isNewer = fresher.claimsVersion > open.auth.claimsVersion;
    if (isNewer || fresher.expiresAt >= open.auth.expiresAt) open.auth = fresher;
    return true;
  }

  #remember(open: Open): void {
    add(this.#bySid, open.auth.sid, open);
    add(this.#bySub, open.auth.sub, open);
    this.#stop ??= this.#parts.every(ROUND_MS, () => this.#round());
  }

  #forget(open: Open): void {
    open.over = true;
    remove(this.#bySid, open.auth.sid, open);
    remove(this.#bySub, open.auth.sub, open);
  }

  /** Lets the timer go where nothing is left to look at. */
  #rest(): void {
    if (this.#bySid.size > 0 || this.#closing.size > 0) return;
    this.#stop?.();
    this.#stop = null;
  }

  #end(open: Open, reason: EndReason): void {
    if (open.over) return;
    open.ended = reason;
    this.#forget(open);
    this.#closing.set(open.ending, this.#parts.monotonic() + GOODBYE_MS);
    open.tell(reason);
    open.ending.end(reason);
  }

  #round(): void {
    for (const open of this.#all()) if (this.#isOver(open.auth)) this.#end(open, "token_expired");
    const now = this.#parts.monotonic();
    for (const [ending, until] of this.#closing) {
      if (now < until) continue;
      this.#closing.delete(ending);
      ending.cut();
    }
    void this.#endIfStale();
    this.#rest();
  }

  async #endIfStale(): Promise<void> {
    const { feed, whenStale, polls } = this.#parts;
    if (this.#bySid.size === 0 || feed.state === "fresh") return;
    if (whenStale === "catch-up" || polls) {
      if (this.#catchingUp) return;
      this.#catchingUp = true;
      await feed.catchUp();
      this.#catchingUp = false;
    }
    if (this.#goesOn()) return;
    for (const open of this.#all()) this.#end(open, "unavailable");
  }

  #goesOn(): boolean {
    const { feed, whenStale } = this.#parts;
    return feed.state === "fresh" || (feed.state === "stale" && whenStale === "accept");
  }

  #all(): Open[] {
    return [...this.#bySid.values()].flatMap((group) => [...group]);
  }
}

class Open {
  auth: GuardedAuth;
  readonly ending: Ending;
  ended: EndReason | null = null;
  /** Whether the guard has no more to do with it. */
  over = false;
  readonly #options: GuardOptions;

  constructor(auth: GuardedAuth, ending: Ending, options: GuardOptions) {
    this.auth = auth;
    this.ending = ending;
    this.#options = options;
  }

  /** An application's mistake must not keep the next connection open. */
  tell(reason: EndReason): void {
    try {
      this.#options.ended?.(reason);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function add(groups: Map<string, Set<Open>>, name: string, open: Open): void {
  const group = groups.get(name);
  if (group === undefined) groups.set(name, new Set([open]));
  else group.add(open);
}

function remove(groups: Map<string, Set<Open>>, name: string, open: Open): void {
  const group = groups.get(name);
  group?.delete(open);
  if (group?.size === 0) groups.delete(name);
}
