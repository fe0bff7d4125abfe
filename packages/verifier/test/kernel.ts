import type { Verified } from "../src/index.ts";
import { createAsyncKernel } from "../src/kernel/async-kernel.ts";
import type { AsyncKernel } from "../src/kernel/async-kernel.ts";
import type { AsyncKernelOptions } from "../src/kernel/options.ts";
import { webSignatures } from "../src/signature/web-signatures.ts";
import { createKernel, nodeSignatures } from "../src/node.ts";
import type { Kernel, KernelOptions } from "../src/node.ts";
import { AUDIENCE, generateSigningKey, ISSUER, MINTED_AT } from "./mint.ts";
import type { SigningKey } from "./mint.ts";

/** A clock that stands still until it is told to go on. */
export class TestClock {
  #now = (MINTED_AT + 1) * 1000;
  #monotonic = 5_000;

  now = (): number => this.#now;
  monotonic = (): number => this.#monotonic;

  advance(seconds: number): void {
    this.#now += seconds * 1000;
    this.#monotonic += seconds * 1000;
  }

  /** Steps the clock on the wall: no time passes. */
  set(seconds: number): void {
    this.#now = seconds * 1000;
  }
}

export interface Setup {
  readonly key: SigningKey;
  readonly kernel: Kernel;
  readonly clock: TestClock;
}

/** A kernel that trusts one key. */
export function setUp(options: Partial<KernelOptions> = {}, key = generateSigningKey("ES256")): Setup {
  const clock = new TestClock();
  const kernel = createKernel({ ...defaults(key), signatures: nodeSignatures, clock, ...options });
  kernel.setKeys([key.jwk]);
  return { key, kernel, clock };
}

export interface AsyncSetup extends Omit<Setup, "kernel"> {
  readonly kernel: AsyncKernel;
}

/** The same by Web Cryptography. */
export async function setUpAsync(
  options: Partial<AsyncKernelOptions> = {},
  key = generateSigningKey("ES256"),
): Promise<AsyncSetup> {
  const clock = new TestClock();
  const kernel = createAsyncKernel({ ...defaults(key), signatures: webSignatures, clock, ...options });
  await kernel.setKeys([key.jwk]);
  return { key, kernel, clock };
}

function defaults(key: SigningKey) {
  const algorithms = key.alg === "HS256" ? (["HS256"] as const) : (["ES256", "Ed25519", "EdDSA", "RS256"] as const);
  return { issuer: ISSUER, audience: AUDIENCE, algorithms };
}

/** `accepted`, or the reason of the refusal. */
export function outcome(verified: Verified): string {
  return verified.ok ? "accepted" : verified.reason;
}
