import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { FeedEntry } from "@counterfoil/protocol";
import type { Ledger } from "../src/ledger/ledger.ts";
import type { RevocationsRead } from "../src/ledger/log.ts";
import { FeedLog } from "../src/revocation/feed-log.ts";
import type { LogReader } from "../src/revocation/feed-log.ts";
import { RevocationFollower } from "../src/revocation/follower.ts";
import type { RevocationSink } from "../src/revocation/follower.ts";
import type { RevocationLookup } from "../src/revocation/lookup.ts";
import { over } from "./platform.ts";
import type { FakeClock } from "./platform.ts";

/** How long the log keeps what no key is. */
export const KEPT_MS = (REVOCATION_TTL_SECONDS + 60) * 1000;

/** What the feed has told, as the kernel holds it. */
export class ToldRevocations implements RevocationSink, RevocationLookup {
  readonly #sids = new Set<string>();
  readonly #versions = new Map<string, number>();

  apply(entry: FeedEntry): void {
    if (entry.type === "session-revoked") this.#sids.add(entry.sid);
    if (entry.type !== "claims-changed") return;
    this.#versions.set(entry.sub, Math.max(this.minimumClaimsVersion(entry.sub), entry.claims_version));
  }

  isSessionRevoked(sid: string): boolean {
    return this.#sids.has(sid);
  }

  minimumClaimsVersion(subject: string): number {
    return this.#versions.get(subject) ?? 0;
  }
}

/** A server's half of the feed: its own follower and log, over a ledger that others may have as well. */
export function serve(ledger: Ledger, clock: FakeClock) {
  const log: FeedLog = new FeedLog(
    { catchUp: () => follower.catchUp(), readBehind: (cursor) => follower.readBehind(cursor) },
    clock,
  );
  const follower = new RevocationFollower(ledger, clock, {
    apply: () => undefined,
    completed: (read) => log.append(read),
  });
  return { log, follower };
}

/** All that there is for the reader, and the place of the last receipt. */
export function drain(reader: LogReader, bytes = 1): { entries: FeedEntry[]; place: string | null; receipts: number } {
  const entries: FeedEntry[] = [];
  let place: string | null = null;
  let receipts = 0;
  for (let taken = reader.take(bytes); taken !== null && taken !== "over"; taken = reader.take(bytes)) {
    for (const chunk of taken.chunks) entries.push(...parse(chunk));
    if (taken.receipt === null) continue;
    place = taken.receipt.place;
    receipts++;
  }
  return { entries, place, receipts };
}

export function parse(chunk: Uint8Array): FeedEntry[] {
  return JSON.parse(`[${new TextDecoder().decode(chunk)}]`) as FeedEntry[];
}

export const nameOf = (entry: FeedEntry): string =>
  entry.type === "claims-changed" ? `${entry.sub} ${entry.claims_version}` : JSON.stringify(Object.values(entry)[1]);
export const namesOf = (entries: readonly FeedEntry[]) => new Set(entries.map(nameOf));

export async function revokeKey(ledger: Ledger, kid: string): Promise<void> {
  const key = { algorithm: "ES256", publicJwk: null, sealedKey: new Uint8Array(1), secretVersion: 1 } as const;
  await ledger.addSigningKey({ ...key, kid });
  await ledger.endSigningKey({ kid, to: "revoked" });
}

/** The ledger, each of whose reads waits for `hold` and counts. */
export function heldReads(ledger: Ledger, hold: () => Promise<void>) {
  const counts = { reads: 0, atOnce: 0, most: 0, cursors: [] as (string | null)[] };
  const readRevocations = async (cursor: string | null): Promise<RevocationsRead> => {
    counts.reads++;
    counts.cursors.push(cursor);
    counts.most = Math.max(counts.most, ++counts.atOnce);
    const read = await ledger.readRevocations(cursor);
    try {
      await hold();
      return read;
    } finally {
      counts.atOnce--;
    }
  };
  return { counts, ledger: over(ledger, { readRevocations }) };
}
