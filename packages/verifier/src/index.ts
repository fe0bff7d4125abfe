import { createAsyncKernel } from "./kernel/async-kernel.ts";
import { createRequestVerifier } from "./request/verify-request.ts";
import { webSignatures } from "./signature/web-signatures.ts";
import { readOptions } from "./verifier/options.ts";
import type { VerifierOptions } from "./verifier/options.ts";
import { Verifier } from "./verifier/verifier.ts";
import type { AccessTokenVerifier } from "./verifier/access-token-verifier.ts";

export type { VerifierClock } from "./clock.ts";
export type { Feed, FeedListener, FeedState } from "./feed/feed.ts";
export type { Fetch } from "./fetch/fetch.ts";
export { IssuerError } from "./fetch/issuer-error.ts";
export type { IssuerFailure } from "./fetch/issuer-error.ts";
export type { Accepted, Verified } from "./kernel/examination.ts";
export type { Refused, VerificationFailure } from "./kernel/refusal.ts";
export type { Jwk } from "./key/jwk.ts";
export type { RequestAuth } from "./request/auth.ts";
export type { RequestHead } from "./request/head.ts";
export type { RequestRefused } from "./request/refusal.ts";
export type { RequestAccepted, RequestVerified, RequestVerifier } from "./request/verify-request.ts";
export type { Auth } from "./token/auth.ts";
export type { VerifierOptions } from "./verifier/options.ts";
export type { VerifierStatus } from "./verifier/status.ts";
export type { Unavailable } from "./verifier/unavailable.ts";
export type { AccessTokenVerifier, Verdict } from "./verifier/access-token-verifier.ts";

/**
 * A verifier of access tokens for whatever runs JavaScript: signatures are checked by Web Cryptography. That of
 * `@counterfoil/verifier/node` is faster, answers at once, takes session cookies too, and ends connections with their
 * session: for wherever there is `node:crypto`. It does nothing until it is first used.
 *
 * @throws TypeError for a wrong option: the sentence says what would be right
 */
export function createVerifier(options: VerifierOptions): AccessTokenVerifier {
  return new Verifier(readOptions(options), {
    createKernel: (kernel) => createAsyncKernel({ ...kernel, signatures: webSignatures }),
    createRequests: (verifier) => createRequestVerifier({ verify: (token) => verifier.verify(token), cookies: null }),
  });
}
