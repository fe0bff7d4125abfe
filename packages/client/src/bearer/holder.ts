import { ClientError } from "../server/client-error.ts";
import type { SessionState } from "../session/session-state.ts";
import type { AccessToken, AuthServer } from "./auth-server.ts";
import { untilAborted } from "./exchange.ts";
import type { KeptSession } from "./kept-session.ts";
import { Patience } from "./patience.ts";
import type { PatienceOptions } from "./patience.ts";
import type { StoredRecord } from "./record.ts";
import type { Settlement } from "./settlement.ts";

/** Tokens are renewed by then, while the old one still serves, milliseconds before their end, or a quarter of their life. */
const AHEAD_MS = 60_000;
/** On its way to the API a token may not expire. */
const ON_THE_WAY_MS = 5000;

export interface TokenWish {
  readonly background: boolean;
  /** A token that an API has refused: another is wanted. */
  readonly refused: string | null;
}

export interface HolderParts {
  readonly kept: KeptSession;
  readonly server: AuthServer;
  readonly settlement: Settlement;
  readonly patience: PatienceOptions;
  readonly disposed: AbortSignal;
  /** Told each state that the storage is found in. */
  readonly onState: (state: SessionState) => void;
}

/** The session as this process holds it: the access token in memory, and one redemption at a time for whoever waits. */
export class Holder {
  readonly #parts: HolderParts;
  #access: AccessToken | null = null;
  /** `undefined` before the storage was read. */
  #sid: string | null | undefined = undefined;
  /** Aborted when another session takes this one's place here: what was begun in one is not finished in the other. */
  #era = new AbortController();
  #redeeming: Promise<AccessToken | null> | null = null;
  /**
   * Whether somebody was there since the server was last told so. If whatever asks in the background is always the one to
   * find that the token has to be renewed, a session in use would else end for want of activity.
   */
  #isInUse = false;

  constructor(parts: HolderParts) {
    this.#parts = parts;
  }

  /**
   * Aborted when what is held now ends here: by a sign-in or a sign-out, in this process or another. A sign-in that
   * another has finished by now is no such end.
   *
   * @throws StorageError
   */
  async era(): Promise<AbortSignal> {
    if (this.#sid === null) await this.#isStillNobody();
    return this.#era.signal;
  }

  /** Begins another era, whatever the storage has: nothing that is under way will use what it gets. */
  begin(): void {
    this.#access = null;
    this.#redeeming = null;
    this.#isInUse = false;
    this.#era.abort(new DOMException("The session that this was begun in is over.", "AbortError"));
    this.#era = new AbortController();
  }

  /** Takes over what the storage has. */
  adopt({ session, over }: StoredRecord, access: AccessToken | null = null): void {
    const before = this.#sid;
    this.#sid = session?.sid ?? null;
    if (session === null) {
      // Whoever waits gets nobody's token, which is the truth; no other session has begun.
      this.#access = null;
      const reason = before === undefined || over === null ? "no_session" : over;
      this.#parts.onState({ status: "signed_out", reason, endReason: null });
      return;
    }
    if (before !== undefined && before !== session.sid) this.begin();
    if (access !== null) this.#access = access;
    this.#parts.onState({ status: "signed_in", user: session.user, sid: session.sid });
  }

  /**
   * An access token that an API will accept for some seconds at least; `null` if nobody is signed in.
   *
   * @throws ClientError, StorageError; an `AbortError` if the session was exchanged for another meanwhile
   */
  async token(wish: TokenWish): Promise<string | null> {
    if (this.#sid === null && (await this.#isStillNobody())) return null;
    if (!wish.background) this.#isInUse = true;
    const held = this.#access;
    const left = held === null || held.token === wish.refused ? 0 : held.expiresInMs - held.age();
    if (held === null || left <= ON_THE_WAY_MS) return (await this.#renewed())?.token ?? null;
    if (left <= Math.min(AHEAD_MS, held.expiresInMs / 4)) {
      // Whoever comes next waits for it if it is needed by then, and hears what went wrong.
      this.#renewed().catch(() => undefined);
    }
    return held.token;
  }

  /** Another process may have signed in. */
  async #isStillNobody(): Promise<boolean> {
    const record = await this.#parts.kept.read();
    if (record.session !== null) this.adopt(record);
    return record.session === null;
  }

  #renewed(): Promise<AccessToken | null> {
    if (this.#redeeming === null) {
      const era = this.#era.signal;
      const redeeming = this.#redeem(era).finally(() => {
        if (this.#redeeming === redeeming) this.#redeeming = null;
      });
      this.#redeeming = redeeming;
    }
    return untilAborted(this.#era.signal, this.#redeeming);
  }

  /** Redeems the refresh token that the storage has, until there is an answer to it (design: "Redeem"). */
  async #redeem(era: AbortSignal): Promise<AccessToken | null> {
    const { kept, server, settlement, patience, disposed } = this.#parts;
    const pauses = new Patience(patience);
    const stopped = AbortSignal.any([era, disposed]);
    await settlement.settle();
    for (;;) {
      stopped.throwIfAborted();
      const { session } = this.#found(await kept.read(), era);
      if (session === null) return null;
      const { refreshToken } = session;
      const { session: keyed } = await kept.withKey(refreshToken);
      // Another process has moved on in between: what it has stored is newer.
      if (keyed?.refreshToken !== refreshToken || keyed.key === null) continue;
      const background = !this.#isInUse;
      this.#isInUse = false;
      try {
        const redeemed = await server.refresh({ refreshToken, key: keyed.key, background });
        if (redeemed.outcome === "over") {
          // Of a token that is no longer the stored one it says nothing: another process has its successor.
          this.#found(await kept.over(refreshToken), era);
          if (!background) this.#isInUse = true;
          continue;
        }
        const { access, refreshToken: successor } = redeemed.tokens;
        // Stored before anything of the answer is used: what is used is never lost.
        const stored = this.#found(await kept.succeed(refreshToken, successor), era);
        if (stored.session === null) return null;
        this.#access = access;
        // Where nobody is there to see it, to ask as the user would be activity.
        if (!background) this.#learn(access.token, session.sid, era);
        return access;
      } catch (fault) {
        if (!background) this.#isInUse = true;
        if (!(fault instanceof ClientError)) throw fault;
        await pauses.wait(fault, stopped);
      }
    }
  }

  /**
   * Takes over what the storage has now.
   *
   * @throws what `era` is aborted with, if that is another session than the one that was begun with
   */
  #found(record: StoredRecord, era: AbortSignal): StoredRecord {
    era.throwIfAborted();
    this.adopt(record);
    era.throwIfAborted();
    return record;
  }

  /** Roles and name may be others than before. It is no part of any call: the next time will do as well. */
  #learn(accessToken: string, sid: string, era: AbortSignal): void {
    const learn = async () => {
      const { user } = await this.#parts.server.me(accessToken);
      if (era.aborted) return;
      const record = await this.#parts.kept.rename(sid, user);
      if (!era.aborted && record.session?.sid === sid) this.adopt(record);
    };
    learn().catch(() => undefined);
  }
}
