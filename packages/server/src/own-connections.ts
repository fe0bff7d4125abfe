import type { Clock, RevocationFollower } from "@counterfoil/core";
import { ConnectionGuard, endReasonOf } from "@counterfoil/verifier/node";
import type { Kernel } from "@counterfoil/verifier/node";

export interface OwnConnectionsParts {
  readonly kernel: Kernel;
  readonly follower: RevocationFollower;
  readonly clock: Clock;
}

/** Ends the application's own open connections with their session: as a verifier does, fed in process. */
export function createOwnConnections({ kernel, follower, clock }: OwnConnectionsParts): ConnectionGuard {
  return new ConnectionGuard({
    feed: {
      get state() {
        return follower.fresh ? "fresh" : "stale";
      },
      ledgerNow: () => follower.ledgerNow(),
      // Whether it helped is what the state says then.
      catchUp: () => follower.catchUp().catch(() => undefined),
    },
    recheck: (auth) => endReasonOf(kernel.recheck(auth)),
    whenStale: "catch-up",
    polls: false,
    monotonic: () => clock.monotonic(),
    every(milliseconds, run) {
      const timer = setInterval(run, milliseconds).unref();
      return () => clearInterval(timer);
    },
  });
}
