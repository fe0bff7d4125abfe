import type { Feed } from "../feed/feed.ts";
import type { Verified } from "../kernel/examination.ts";
import type { RequestHead } from "../request/head.ts";
import type { RequestVerified, RequestVerifier } from "../request/verify-request.ts";
import type { VerifierStatus } from "./status.ts";
import type { Unavailable } from "./unavailable.ts";

/** What became of a token: it is good, it is not, or this service cannot tell right now. */
export type Verdict = Verified | Unavailable;

/** Checks access tokens locally, and follows the server's revocation feed for it. */
export interface AccessTokenVerifier extends RequestVerifier, AsyncDisposable {
  /**
   * Resolves once everything is known: the keys, and all revocations. A service that waits for it before it listens
   * never answers 503 to its first requests.
   *
   * @throws IssuerError (as a rejection) if asking again cannot help: another issuer's feed, a credential that is
   *   refused, a feed of another version; and if `signal` was aborted before: the message says what went wrong last, the
   *   `cause` is the signal's reason, and the verifier goes on
   */
  ready(signal?: AbortSignal): Promise<void>;
  /**
   * Checks an access token. Never throws for a bad one, whatever it is. While all is known it may answer at once; else
   * with a promise, so `await` it in any case. No request that it waits for takes longer than a second.
   */
  verify(token: string): Verdict | Promise<Verdict>;
  /**
   * Checks a request by its access token. A refusal is an answer that is ready to be sent. As `verify`, at once where
   * memory can answer.
   */
  verifyRequest(head: RequestHead): RequestVerified | Promise<RequestVerified>;
  readonly feed: Feed;
  readonly status: VerifierStatus;
}
