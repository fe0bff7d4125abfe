/**
 * What a session takes: bytes in the ledger's file, alone and with the events of a month of use, and bytes of memory in
 * the cache that answers warm checks. From the root of the repository:
 *
 *     npx node --expose-gc --conditions=@counterfoil/source bench/size.ts
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { newSid, newSubject, SessionCache, systemClock, systemRandom } from "@counterfoil/core";
import type { Session } from "@counterfoil/core";
import { fillLedger } from "./ledger-of.ts";
import { row } from "./measure.ts";
import { temporaryDirectory } from "./place.ts";

const SESSIONS = 20_000;
const EVENTS = 20;
const CACHED = 50_000;

await using directory = await temporaryDirectory();
const bytes = async (sessions: number, eventsOfEach: number) => {
  const path = join(directory.path, `${sessions}-${eventsOfEach}.db`);
  const filled = await fillLedger({ path, sessions, sample: 1, eventsOfEach });
  await filled[Symbol.asyncDispose]();
  return statSync(path).size;
};
const empty = await bytes(0, 0);
const alone = await bytes(SESSIONS, 0);
const withEvents = await bytes(SESSIONS, EVENTS);
row("", "bytes");
row("a session and its user", ((alone - empty) / SESSIONS).toFixed(0));
row("an event of a session", ((withEvents - alone) / SESSIONS / EVENTS).toFixed(0));
row(`a session with ${EVENTS} events`, ((withEvents - empty) / SESSIONS).toFixed(0));

const { gc } = globalThis;
if (gc === undefined) throw new Error("run it with --expose-gc: memory is measured after a collection");
const settled = () => {
  for (let round = 0; round < 3; round++) gc();
  return process.memoryUsage().heapUsed;
};
const nothing = { isSessionRevoked: () => false, minimumClaimsVersion: () => 0 };
const before = settled();
const cache = new SessionCache(systemClock, nothing, CACHED);
for (let index = 0; index < CACHED; index++) cache.put(tokenOf(), session(index), 0);
row("a session in memory", ((settled() - before) / CACHED).toFixed(0));
console.log(`  (${cache.size} cached; the cache has room for 50,000)`);

/** As long as a session token, and flat as one that came over the wire. */
function tokenOf(): string {
  return Buffer.from(`cfs_${Buffer.from(systemRandom.bytes(37)).toString("base64url")}`).toString("latin1");
}

/** As a row is read: each text a new one. */
function session(index: number): Session {
  const now = systemClock.now();
  return JSON.parse(
    JSON.stringify({
      sid: newSid(systemRandom),
      subject: newSubject(systemRandom),
      username: `user-${index}`,
      transport: "cookie",
      remember: false,
      clientId: "first-party",
      audience: null,
      amr: ["pwd"],
      authTime: now,
      createdAt: now,
      lastActiveAt: now,
      inactivitySeconds: 43_200,
      expiresAt: now + 86_400_000,
      userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      counter: 0,
      roles: ["user"],
      claimsVersion: 1,
    }),
  ) as Session;
}
