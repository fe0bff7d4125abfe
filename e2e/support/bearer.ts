import assert from "node:assert/strict";
import { join } from "node:path";
import { createBearerClient } from "@counterfoil/client/bearer";
import type { BearerClient, BearerClientOptions, TokenStorage } from "@counterfoil/client/bearer";
import { fileStorage } from "@counterfoil/client/node";
import type { LedgerEvent } from "@counterfoil/core";
import type { HeldClock } from "./clock.ts";
import { temporaryDirectory } from "./directory.ts";
import type { LocalServer } from "./local.ts";
import { startLocal } from "./local.ts";
import type { Fate, LossyProxy } from "./lossy-proxy.ts";
import { openLossyProxy } from "./lossy-proxy.ts";
import { KAVYA } from "./sign-in.ts";

/** A bearer client whose time moves on with the server's, and by itself. */
export function heldClient(clock: HeldClock, options: BearerClientOptions): BearerClient {
  const after = (milliseconds: number, action: () => void) => {
    // What it pauses for is of no interest; what it gives up after would be.
    const timer = setTimeout(action, Math.min(milliseconds, 15_000) / (milliseconds < 15_000 ? 40 : 1));
    return () => clearTimeout(timer);
  };
  const now = () => ({ steadyMs: performance.now(), wallMs: performance.now() + clock.now() });
  return createBearerClient({ ...options, clock: { now, after } });
}

/** What the storage holds. */
export async function storedIn(storage: TokenStorage) {
  return JSON.parse((await storage.read()) ?? "{}") as {
    readonly session: { readonly refresh_token: string; readonly idempotency_key: string | null } | null;
    readonly ended: readonly string[];
  };
}

export function sidOf({ session }: BearerClient): string {
  const { current } = session;
  assert.ok(current.status === "signed_in");
  return current.sid;
}

interface Placed {
  readonly client: BearerClient;
  /** Of its storage. */
  readonly path: string;
}

/** A server, a network that can be at its worst, and bearer clients on its other side. */
export interface BearerPlace extends AsyncDisposable {
  readonly server: LocalServer;
  readonly proxy: LossyProxy;
  /** A path that nothing is at. */
  somewhere(): string;
  newClient(path?: string, retryForSeconds?: number): Placed;
  signedIn(user?: { readonly username: string; readonly password: string }, path?: string): Promise<Placed>;
  /** Does `work` while each request to one of the paths has this fate. */
  during<T>(fate: Fate, work: () => Promise<T>, paths?: readonly string[]): Promise<T>;
  /** What `work` fails with, while its refreshes, or the answers to them, are kept. */
  refreshingLate(work: () => Promise<unknown>, fate?: Fate): Promise<unknown>;
  /** Resolves when what was kept has arrived. */
  released(): Promise<void>;
  /** How many requests begin so, as `POST /refresh`. */
  countOf(request: string): number;
  eventsOf(sid: string, type: string): Promise<readonly LedgerEvent[]>;
  /** Another token than the one that it holds, as if an API had refused that. */
  renewed(client: BearerClient): Promise<string | null>;
}

export async function startBearerPlace(): Promise<BearerPlace> {
  const [server, directory] = [await startLocal(), await temporaryDirectory()];
  const proxy = await openLossyProxy(server);
  let count = 0;
  const place: BearerPlace = {
    server,
    proxy,
    somewhere: () => join(directory.path, String(count++)),
    newClient(path = place.somewhere(), retryForSeconds = 30) {
      const { url } = proxy;
      const options = { url, storage: fileStorage(path), apiOrigins: [url], retryForSeconds };
      return { client: heldClient(server.clock, options), path };
    },
    async signedIn(user = KAVYA, path) {
      const made = place.newClient(path);
      const signedIn = await made.client.login(user);
      assert.ok(signedIn.ok && signedIn.user.username === user.username);
      return made;
    },
    async during(fate, work, paths = ["/refresh", "/logout", "/me", "/login"]) {
      proxy.fate = ({ url }) => (paths.includes(url!) ? fate : "passes");
      try {
        return await work();
      } finally {
        proxy.fate = () => "passes";
        await proxy.idle();
      }
    },
    async refreshingLate(work, fate = "answer_kept") {
      proxy.fate = ({ url }) => (url === "/refresh" ? fate : "passes");
      return work().catch((error: unknown) => error);
    },
    async released() {
      proxy.fate = () => "passes";
      proxy.release();
      await proxy.idle();
    },
    countOf: (request) => proxy.seen.filter((each) => each.startsWith(request)).length,
    async eventsOf(sid, type) {
      await server.services.recorder.flush();
      const events = await server.services.ledger.readEvents({ sid: sid as never, limit: 1000 });
      return events.filter(({ body }) => body.type === type);
    },
    async renewed(client) {
      return client.accessToken({ refused: (await client.accessToken()) ?? "" });
    },
    async [Symbol.asyncDispose]() {
      for (const each of [proxy, server, directory]) await each[Symbol.asyncDispose]();
    },
  };
  return place;
}
