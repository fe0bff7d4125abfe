import type { FetchOptions } from "../client.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { ClientError } from "../server/client-error.ts";
import { outcome } from "../server/server.ts";
import type { ObservableSession, SignedIn, SignedOut, User } from "../session/session-state.ts";
import { createSessionStore } from "../session/session-store.ts";
import { unguessable } from "../storage/unguessable.ts";
import { AuthServer } from "./auth-server.ts";
import type { BearerSignIn, Tokens } from "./auth-server.ts";
import { authorizedFetch } from "./authorized-fetch.ts";
import { Exchange, unavailable } from "./exchange.ts";
import { Holder } from "./holder.ts";
import { KeptSession } from "./kept-session.ts";
import { readOptions } from "./options.ts";
import type { BearerClientOptions } from "./options.ts";
import { Patience } from "./patience.ts";
import type { StoredRecord } from "./record.ts";
import { Settlement } from "./settlement.ts";

export interface AccessTokenWish {
  /** Nobody is there: a token that is fetched for such alone is no activity, and the inactivity timeout goes on. */
  readonly background?: boolean;
  /** The token that was refused (`invalid_token`, `claims_changed`): another is fetched. */
  readonly refused?: string;
}

/**
 * The part of a program that is no browser in a session: a command line, a mobile application, a service. Every member
 * may be passed on unbound.
 *
 * A server that is out of reach is a `ClientError`, after as many attempts as `retryForSeconds` allows; what the storage cannot
 * do is `StorageError`. Neither signs anybody out.
 */
export interface BearerClient {
  readonly session: ObservableSession;
  /** The state as the storage has it: the server is not asked. Rejects with the storage's error alone. */
  readonly ready: Promise<SignedIn | SignedOut>;
  /**
   * As `fetch`: to the origins of the API with an access token, which is fetched, renewed and once replaced as needed. A
   * request that is under way while another session begins is an `AbortError`: it is not sent as somebody else.
   */
  readonly fetch: (input: string | URL | Request, init?: FetchOptions) => Promise<Response>;
  /** For what is no `fetch`: a WebSocket, gRPC. `null` if nobody is signed in. Ask for each use: it is kept here. */
  readonly accessToken: (wish?: AccessTokenWish) => Promise<string | null>;
  /** One attempt. A session that was there before ends. */
  readonly login: (wish: BearerSignIn) => Promise<Outcome<{ readonly user: User }>>;
  /**
   * Signs out, whatever the outcome: while the server is out of reach it is kept, and told to the server before anything
   * else. Rejects where the storage cannot keep it: then the server is told at once, or the user is still signed in.
   */
  readonly logout: () => Promise<Outcome>;
  /** Gives up what is under way; the user stays signed in. */
  readonly close: () => void;
}

/** @throws TypeError for options that are not right: the sentence says what would be */
export function createBearerClient(options: BearerClientOptions): BearerClient {
  const { url, storage, apiOrigins, retryForMs, fetch, clock } = readOptions(options);
  const disposal = new AbortController();
  const disposed = disposal.signal;
  const patience = { clock, retryForMs };
  const kept = new KeptSession(storage, url, unguessable);
  const server = new AuthServer(new Exchange(fetch, clock), url, disposed);
  const settlement = new Settlement(kept, server);
  let starting: Promise<void> | null = null;
  /** How often it was signed out: a sign-in that was begun before is not to be found signed in after. */
  let signOuts = 0;

  const store = createSessionStore(() => void start().catch(() => undefined));
  const holder = new Holder({
    kept,
    server,
    settlement,
    patience,
    disposed,
    onState: (state) => store.set(state),
  });

  function start(): Promise<void> {
    starting ??= read().catch((error: unknown) => {
      // The next use looks again: somebody may have put it right.
      starting = null;
      store.set({ status: "loading", error: error as Error });
      throw error;
    });
    return starting;
  }

  async function read(): Promise<void> {
    const record = await kept.read();
    holder.adopt(record);
    if (record.ended.length > 0) settleBeside();
  }

  function settleBeside(): void {
    settlement.settle().catch(() => undefined);
  }

  async function login(wish: BearerSignIn): Promise<Outcome<{ readonly user: User }>> {
    const before = signOuts;
    await start();
    await settlement.settle();
    const signedIn = await server.login(wish);
    if (!signedIn.ok) return signedIn;
    const { tokens } = signedIn;
    const { refreshToken, access } = tokens;
    try {
      const { user, sid } = await whose(tokens);
      throwIfSignedOut(before);
      const record = await kept.open({ sid, user, refreshToken, key: null });
      // Whoever signed out while it was being stored may have found nothing to end yet.
      throwIfSignedOut(before);
      holder.adopt(record, access);
      settleBeside();
      return { ok: true, user };
    } catch (fault) {
      await giveUp(refreshToken);
      return await outcome(() => Promise.reject(fault as Error));
    }
  }

  function throwIfSignedOut(before: number): void {
    if (before !== signOuts) throw new DOMException("It was signed out meanwhile.", "AbortError");
  }

  /** A session that nobody is to have is not left behind; where it cannot be remembered either, it is told at once. */
  async function giveUp(refreshToken: string): Promise<void> {
    try {
      holder.adopt(await kept.giveUp(refreshToken));
      settleBeside();
    } catch {
      await server.logout(refreshToken).catch(() => undefined);
    }
  }

  async function whose({ access }: Tokens) {
    const pauses = new Patience(patience);
    for (;;) {
      try {
        return await server.me(access.token);
      } catch (fault) {
        if (!(fault instanceof ClientError)) throw fault;
        await pauses.wait(fault, disposed);
      }
    }
  }

  /** The record after that. Another process may have been first: then there is nothing to end. */
  async function end(): Promise<StoredRecord> {
    const record = await kept.read();
    if (record.session === null) return record;
    const { sid, refreshToken } = record.session;
    try {
      return await kept.end(sid);
    } catch (fault) {
      // What cannot be remembered can still be told: no full disk keeps somebody signed in who has signed out.
      await server.logout(refreshToken).catch(() => undefined);
      throw fault;
    }
  }

  async function logout(): Promise<Outcome> {
    signOuts++;
    holder.begin();
    await start();
    holder.adopt(await end());
    return outcome(async () => {
      if (!(await settlement.settle())) throw unavailable(`${url} will be told of the sign-out when it is back.`);
      return { ok: true };
    });
  }

  return {
    session: store.observable,
    get ready() {
      return start().then(() => store.observable.current as SignedIn | SignedOut);
    },
    fetch: authorizedFetch({
      fetch,
      apiOrigins,
      era: async () => {
        await start();
        return holder.era();
      },
      token: (wish) => holder.token(wish),
    }),
    accessToken: async ({ background = false, refused } = {}) => {
      await start();
      return holder.token({ background, refused: refused ?? null });
    },
    login,
    logout,
    close: () => disposal.abort(new DOMException("This client was closed.", "AbortError")),
  };
}
