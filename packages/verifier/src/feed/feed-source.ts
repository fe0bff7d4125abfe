import { PATHS } from "@counterfoil/protocol";
import type { VerifierClock } from "../clock.ts";
import { get } from "../fetch/fetch.ts";
import type { Fetch } from "../fetch/fetch.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import type { Counters } from "../verifier/counters.ts";
import type { Credential } from "../verifier/credential.ts";

/** Whose feed, and how it is reached. */
export interface FeedSource {
  readonly issuer: string;
  readonly credential: Credential;
  readonly fetch: Fetch;
  readonly clock: VerifierClock;
  readonly counters: Counters;
}

/**
 * Asks for the feed in one of its two forms.
 *
 * @throws IssuerError for anything but that; what `signal` was aborted with
 */
export async function getFeed(
  { issuer, credential, fetch }: FeedSource,
  type: "text/event-stream" | "application/json",
  where: { readonly query?: string; readonly lastEventId?: string },
  signal: AbortSignal,
): Promise<Response> {
  const url = issuer + PATHS.revocations;
  const headers: Record<string, string> = { Authorization: credential.authorization() };
  if (where.lastEventId !== undefined) headers["Last-Event-ID"] = where.lastEventId;
  const response = await get(fetch, url + (where.query ?? ""), type, signal, headers);
  // What a cache kept proves nothing of now (RFC 9111 §5.1).
  if (Number(response.headers.get("age") ?? 0) === 0) return response;
  response.body?.cancel().catch(() => undefined);
  throw new IssuerError("failed", `A cache answered for ${url}: exempt it there.`);
}
