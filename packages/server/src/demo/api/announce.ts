import { systemClock } from "@counterfoil/core";
import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { FeedEntry } from "@counterfoil/protocol";
import type { FeedState, VerifierStatus } from "@counterfoil/verifier";
import type { Print } from "../transcript.ts";
import type { SeenTokens } from "./seen.ts";

interface Announced {
  readonly entry: FeedEntry;
  readonly seen: SeenTokens;
  readonly port: number;
  readonly print: Print;
}

/** Presents, at the API itself, a token that was just revoked, and says what came of it and how long it took. */
export async function announce({ entry, seen, port, print }: Announced): Promise<void> {
  const [what, token] = revoked(entry, seen);
  const because = entry.reason === undefined ? "" : ` (${entry.reason})`;
  if (token === undefined) {
    print(`API :${port}  has heard of ${what}${because}${after(entry)}; it has seen no token that this concerns.`);
    return;
  }
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port}/orders`, { headers });
    const { code } = (await response.json()) as { readonly code?: string };
    const answer = response.ok ? "ACCEPTS" : `refuses, ${response.status} ${code},`;
    print(`API :${port}  ${answer} the token of ${what}${because}${after(entry)}. Promised: ${STALENESS_BOUND_MS} ms.`);
  } catch {
    // The demonstration is being stopped.
  }
}

function revoked(entry: FeedEntry, seen: SeenTokens): readonly [what: string, token: string | undefined] {
  switch (entry.type) {
    case "session-revoked":
      return [`session ${entry.sid}`, seen.of(entry.sid)];
    case "claims-changed":
      return [`user ${entry.sub} before version ${entry.claims_version}`, seen.ofUser(entry.sub)];
    case "key-revoked":
      return [`signing key ${entry.kid}`, seen.newest()];
  }
}

/** By the clock of this machine, on which both are. */
function after({ event_timestamp: at }: FeedEntry): string {
  return at === undefined ? "" : ` ${Math.max(0, Math.round(systemClock.now() - at * 1000))} ms after it was decided`;
}

export function stateSentence(port: number, state: FeedState, { revocations }: VerifierStatus): string {
  switch (state) {
    case "fresh":
      return `API :${port}  fresh: it knows what was revoked up to a second ago (revocations: ${revocations}), and decides by itself.`;
    case "stale":
      return `API :${port}  stale: no receipt for ${STALENESS_BOUND_MS} ms. Until it can catch up it answers 503, and accepts nothing.`;
    case "cold":
      return `API :${port}  cold: it has not heard of the server yet, and accepts nothing.`;
  }
}
