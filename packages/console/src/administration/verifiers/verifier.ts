import { STALENESS_BOUND_MS } from "@counterfoil/protocol";

/** As `GET /admin/verifiers` lists it. */
export interface Verifier {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly streams: number;
  readonly last_contact_at: number | null;
  readonly staleness_seconds: number | null;
}

export interface Verifiers {
  readonly verifiers: readonly Verifier[];
}

/** A verifier that is staler than this asks, or refuses, before it believes a token. */
const BOUND_SECONDS = STALENESS_BOUND_MS / 1000;

export interface State {
  readonly look: "good" | "bad" | "quiet";
  readonly text: string;
}

/** In words, as this server process knows it. */
export function stateOf({ streams, staleness_seconds: staleness, last_contact_at: last }: Verifier): State {
  if (streams > 0) {
    const late = staleness !== null && staleness > BOUND_SECONDS;
    return late ? { look: "bad", text: "follows the feed, and is behind" } : { look: "good", text: "follows the feed" };
  }
  if (last === null) return { look: "quiet", text: "not heard of by this server since it started" };
  return staleness === null
    ? { look: "quiet", text: "asks about tokens one by one" }
    : { look: "quiet", text: "has no stream here; asked for the feed" };
}

export function stalenessText({ staleness_seconds: staleness }: Verifier): string {
  if (staleness === null) return "unknown here";
  return staleness < 10 ? `${staleness.toFixed(1)} s` : `${Math.round(staleness)} s`;
}
