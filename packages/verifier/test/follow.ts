import { expect, vi } from "vitest";
import type { AccessTokenVerifier, Verdict, VerifierOptions } from "../src/index.ts";
import { CREDENTIAL, FeedServer } from "./feed-server.ts";
import { HeldClock } from "./held-clock.ts";
import { AUDIENCE, generateSigningKey, mint } from "./mint.ts";
import type { SigningKey } from "./mint.ts";
import { createVerifier } from "./platform.ts";

export interface Following extends AsyncDisposable {
  readonly clock: HeldClock;
  readonly server: FeedServer;
  readonly key: SigningKey;
  readonly verifier: AccessTokenVerifier;
  /** What was told of the state, with the reason. */
  readonly states: string[];
  readonly token: (claims?: Readonly<Record<string, unknown>>) => string;
}

/** A verifier, not used yet, and the server that it follows. */
export async function follow(
  options: Partial<VerifierOptions> = {},
  prepare: (server: FeedServer) => void = () => undefined,
): Promise<Following> {
  const clock = new HeldClock();
  const server = await FeedServer.start(clock);
  const key = generateSigningKey("ES256");
  server.jwks = [key.jwk];
  prepare(server);
  const states: string[] = [];
  const verifier = createVerifier({
    issuer: server.issuer,
    audience: AUDIENCE,
    credential: CREDENTIAL,
    clock,
    random: () => 0.5,
    onStateChange: (state) => states.push(state),
    ...options,
  });
  return {
    clock,
    server,
    key,
    verifier,
    states,
    token: (claims = {}) => mint(key, { iss: server.issuer, ...claims }),
    async [Symbol.asyncDispose]() {
      await verifier[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** `accepted`, the reason of a refusal, or `503 stale`. */
export function outcomeOf(verdict: Verdict): string {
  if (verdict.ok) return "accepted";
  return verdict.code === "unavailable" ? `503 ${verdict.reason}` : verdict.reason;
}

export function outcomesOf(verdicts: readonly (Verdict | Promise<Verdict>)[]): Promise<string[]> {
  return Promise.all(verdicts.map(async (verdict) => outcomeOf(await verdict)));
}

/** Waits until it is so, whatever that takes. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 5 });
}
