import type { User } from "../session/session-state.ts";
import type { TokenStorage } from "../storage/token-storage.ts";
import { parseRecord, serializeRecord } from "./record.ts";
import type { StoredRecord, StoredSession } from "./record.ts";

/** A change of the record; `null` where there is nothing to change in this one. */
type Change = (record: StoredRecord) => Partial<StoredRecord> | null;

/**
 * The session as the storage has it, for all processes that share it. Each change is decided on what is there at that
 * moment, and decided again where somebody was faster, so it may be asked for twice and happens once.
 */
export class KeptSession {
  readonly #storage: TokenStorage;
  readonly #server: string;
  readonly #newKey: () => string;

  constructor(storage: TokenStorage, server: string, newKey: () => string) {
    this.#storage = storage;
    this.#server = server;
    this.#newKey = newKey;
  }

  /** @throws StorageError */
  async read(): Promise<StoredRecord> {
    return this.#parse(await this.#storage.read());
  }

  /** A session that was signed in to. The one before, if any, has ended by that. */
  open(session: StoredSession): Promise<StoredRecord> {
    return this.#change((record) => {
      if (record.session?.sid === session.sid) return null;
      return { session, over: null, ended: withEnded(record, record.session?.refreshToken) };
    });
  }

  /** Gives the token its key, if nobody has: the key is kept before anybody sends it, so all attempts have the same. */
  withKey(refreshToken: string): Promise<StoredRecord> {
    const key = this.#newKey();
    return this.#change(({ session }) =>
      session?.refreshToken === refreshToken && session.key === null ? { session: { ...session, key } } : null,
    );
  }

  /** Puts the successor in its predecessor's place, without a key; not where another process has moved on. */
  succeed(predecessor: string, successor: string): Promise<StoredRecord> {
    return this.#change(({ session }) =>
      // The server lets a token go on where it was redeemed a moment ago. Its key goes on with it.
      session?.refreshToken === predecessor && successor !== predecessor
        ? { session: { ...session, refreshToken: successor, key: null } }
        : null,
    );
  }

  /** The server says that this token's session is over. It is no news of a session that has moved on from it. */
  over(refreshToken: string): Promise<StoredRecord> {
    return this.#change(({ session }) =>
      session?.refreshToken === refreshToken ? { session: null, over: "session_over" } : null,
    );
  }

  /** Ends the session here, and remembers that the server has to be told. */
  end(sid: string): Promise<StoredRecord> {
    return this.#change((record) =>
      record.session?.sid === sid
        ? { session: null, over: "logout", ended: withEnded(record, record.session.refreshToken) }
        : null,
    );
  }

  /** Gives up a session that was not to begin, whether it was stored or not: the server has to be told of it. */
  giveUp(refreshToken: string): Promise<StoredRecord> {
    return this.#change((record) => {
      const isStored = record.session?.refreshToken === refreshToken;
      if (!isStored && record.ended.includes(refreshToken)) return null;
      return { ...(isStored && { session: null, over: "logout" }), ended: withEnded(record, refreshToken) };
    });
  }

  /** The server has been told. */
  settle(refreshToken: string): Promise<StoredRecord> {
    return this.#change(({ ended }) =>
      ended.includes(refreshToken) ? { ended: ended.filter((each) => each !== refreshToken) } : null,
    );
  }

  rename(sid: string, user: User): Promise<StoredRecord> {
    return this.#change(({ session }) =>
      session?.sid === sid && !isSameUser(session.user, user) ? { session: { ...session, user } } : null,
    );
  }

  async #change(change: Change): Promise<StoredRecord> {
    for (;;) {
      const text = await this.#storage.read();
      const record = this.#parse(text);
      const changed = change(record);
      if (changed === null) return record;
      const next = { ...record, ...changed };
      if (await this.#storage.replace(text, serializeRecord(next))) return next;
    }
  }

  #parse(text: string | null): StoredRecord {
    return parseRecord(text, this.#server, this.#storage.name ?? "The storage");
  }
}

function withEnded({ ended }: StoredRecord, refreshToken: string | undefined): readonly string[] {
  return refreshToken === undefined || ended.includes(refreshToken) ? ended : [...ended, refreshToken];
}

function isSameUser(one: User, other: User): boolean {
  return (
    JSON.stringify([one.sub, one.username, one.roles]) === JSON.stringify([other.sub, other.username, other.roles])
  );
}
