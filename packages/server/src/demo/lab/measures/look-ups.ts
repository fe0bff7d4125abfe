import { SessionCache, SessionResolver, systemClock } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import type { Services } from "../../../services.ts";

export interface LookUps {
  /** Reads of the ledger where nothing is remembered, as with most session stores. */
  readonly without_memory: number;
  /** Reads of the ledger as this server does it: a session is remembered, and the feed says when it ended. */
  readonly with_memory: number;
  /** How many of each were let in. */
  readonly accepted: number;
}

/** Checks a session token many times over, by the server's own resolver, and counts what that reads. */
export async function countLookUps(services: Services, token: string, checks: number): Promise<LookUps> {
  const count = { reads: 0 };
  const ledger = counted(services.ledger, () => count.reads++);
  let accepted = 0;
  const check = async (resolver: SessionResolver) => {
    // Activity would be written down once a minute, whatever is remembered.
    const resolved = await resolver.bySessionToken(token, "check", false);
    if (resolved.outcome === "live") accepted++;
  };
  for (let at = 0; at < checks; at++) await check(resolverOf(services, ledger));
  const without = count.reads;
  const remembering = resolverOf(services, ledger);
  for (let at = 0; at < checks; at++) await check(remembering);
  return { without_memory: without, with_memory: count.reads - without, accepted };
}

/** One that remembers nothing yet. */
function resolverOf(services: Services, ledger: Ledger): SessionResolver {
  const { crypto, keyring, secrets, follower, revocations, activity } = services;
  const cache = new SessionCache(systemClock, revocations);
  return new SessionResolver({
    crypto,
    keyring,
    secrets,
    follower,
    revocations,
    activity,
    cache,
    ledger,
    clock: systemClock,
  });
}

function counted(ledger: Ledger, note: () => void): Ledger {
  return {
    ...ledger,
    resolveSession(input) {
      note();
      return ledger.resolveSession(input);
    },
  };
}
