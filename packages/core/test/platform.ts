import { createHash } from "node:crypto";
import { memoryLedger } from "@counterfoil/stores/memory";
import { nodeCrypto } from "../../server/src/platform/node-crypto.ts";
import type { Clock } from "../src/clock.ts";
import type { EventContext } from "../src/events.ts";
import type { Ledger } from "../src/ledger/ledger.ts";
import type { Password, PasswordHash } from "../src/password/password.ts";
import type { PasswordCodeHash } from "../src/password/code.ts";
import type { Random } from "../src/random.ts";
import type { Keyring } from "../src/secret/keyring.ts";
import { createKeyring, fingerprint } from "../src/secret/keyring.ts";
import { SecretWatch } from "../src/secret/secret-watch.ts";
import { Secret } from "../src/secret/secret.ts";
import type { Subject, User } from "../src/user/user.ts";
import { canonicalUsername } from "../src/user/user.ts";

/**
 * What the domain is given, for its tests: the real cryptography and the real memory ledger, a clock that a test moves
 * and randomness that repeats. The core itself imports neither Node nor a store; this file does it for its tests.
 */
export { nodeCrypto as crypto };
export { createPublicKey, verify } from "node:crypto";
export { inspect } from "node:util";

/** The seed of every property, printed with each failure. */
export const SEED = 20_261_124;

export class FakeClock implements Clock {
  #now = 1_800_000_000_000;
  #monotonic = 5_000;

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Time passes. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    this.#monotonic += milliseconds;
  }

  /** Somebody sets the clock: no time passes. */
  step(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** The same bytes in each run: SHA-256 over the seed and a counter. */
export function seededRandom(seed: string): Random {
  let block = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 32) {
        const digest = createHash("sha256").update(`${seed}\n${block++}`).digest();
        bytes.set(digest.subarray(0, Math.min(32, length - at)), at);
      }
      return bytes;
    },
  };
}

export function secretOf(seed: string): Secret {
  return Secret.generate(nodeCrypto, seededRandom(seed));
}

/** A ring of secrets made from these seeds, numbered from 1; the first seals. */
export function keyringOf(...seeds: readonly string[]): Keyring {
  return createKeyring(
    nodeCrypto,
    seeds.map((seed, index) => ({ version: index + 1, secret: secretOf(seed) })),
  );
}

/** Watches the secrets of {@link keyringOf} with the same seeds. */
export function secretsOf(ledger: Ledger, clock: Clock, ...seeds: readonly string[]): SecretWatch {
  const fingerprints = seeds.map((seed) => fingerprint(nodeCrypto, secretOf(seed)));
  return new SecretWatch(ledger, clock, 30 * 24 * 3600, fingerprints);
}

export const context: EventContext = { requestId: "req_test", remoteAddress: "192.0.2.1", userAgent: "unit" };

/** An open, empty ledger that keeps everything in memory. */
export async function openLedger(clock: Clock, seed = "ledger"): Promise<Ledger> {
  const ledger = memoryLedger({ clock, random: seededRandom(seed) });
  await ledger.open();
  return ledger;
}

/**
 * The ledger with some operations in front of the real ones: to count, to hold back or to fail. Its own are bound, so
 * that what a test leaves out is the real thing.
 */
export function over(ledger: Ledger, operations: Partial<Ledger>): Ledger {
  return { ...ledger, ...operations };
}

/** Not a hash: says what was asked of it, and takes as long as `work` does. */
export class CountingHash implements PasswordHash {
  hashes = 0;
  verifies = 0;
  running = 0;
  mostAtOnce = 0;
  work: () => Promise<void> = () => Promise.resolve();

  isCurrent(): boolean {
    return true;
  }

  hash(password: Password): Promise<string> {
    this.hashes++;
    return Promise.resolve(`phc:${password}`);
  }

  async verify(phc: string, password: Password): Promise<boolean> {
    this.verifies++;
    this.running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    try {
      await this.work();
      return phc === `phc:${password}`;
    } finally {
      this.running--;
    }
  }
}

/** A user of our own that signs in with `password`, hashed by {@link CountingHash}. */
export async function addUser(ledger: Ledger, username: string, password: string | null): Promise<User> {
  const created = await ledger.createUser({
    subject: `usr_${username}` as Subject,
    username,
    canonicalUsername: canonicalUsername(username),
    passwordHash: password === null ? null : `phc:${password}`,
    roles: ["user"],
    context: null,
  });
  if (created.outcome !== "created") throw new Error(`the user is ${created.outcome}`);
  return created.user;
}

/** Sets a user's password by a one-time code: all sessions end. */
export async function setPassword(ledger: Ledger, subject: Subject, passwordHash: string): Promise<void> {
  const codeHash = `code of ${subject}` as PasswordCodeHash;
  await ledger.issuePasswordCode({ subject, codeHash, ttlSeconds: 60, dropPassword: false, context: null });
  await ledger.redeemPasswordCode({ codeHash, passwordHash, context: null });
}

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
  readonly fail: (error: Error) => void;
}

/** A promise that a test settles, and so decides what happens before what. */
export function gate(): Gate {
  let open: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open: () => open(), fail: (error) => fail(error) };
}

/** Lets everything that waits for nothing but its turn have it. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
