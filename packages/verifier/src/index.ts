import { createAsyncKernel } from "./kernel/async-kernel.ts";
import { webSignatures } from "./signature/web-signatures.ts";
import type { VerifierOptions } from "./verifier/options.ts";
import { composeVerifier } from "./verifier/verifier.ts";
import type { AccessTokenVerifier } from "./verifier/verifier.ts";

export type { VerifierClock } from "./clock.ts";
export type { Feed, FeedListener, FeedState } from "./feed/feed.ts";
export type { Fetch } from "./fetch/fetch.ts";
export { IssuerError } from "./fetch/issuer-error.ts";
export type { IssuerFailure } from "./fetch/issuer-error.ts";
export type { Connection, EndReason, ResponseLike, SocketLike } from "./guard/connection.ts";
export type { Guarded, GuardedAuth, GuardOptions } from "./guard/guard.ts";
export type { Accepted, KernelState, Verified } from "./kernel/examination.ts";
export { createKernel } from "./kernel/kernel.ts";
export type { Kernel } from "./kernel/kernel.ts";
export type { KernelClock, KernelOptions } from "./kernel/options.ts";
export type { Refused, VerificationFailure } from "./kernel/refusal.ts";
export type { Jwk, VerificationJwk } from "./key/jwk.ts";
export type { RequestAuth } from "./request/auth.ts";
export type { RequestHead } from "./request/head.ts";
export type { RequestRefused } from "./request/refusal.ts";
export type { RequestAccepted, RequestVerified, RequestVerifier } from "./request/verify-request.ts";
export type { RevocationView } from "./revocation/revocation-set.ts";
export type { SignatureCheck, SignaturePort } from "./signature/signature-port.ts";
export type { Auth } from "./token/auth.ts";
export type { VerifierOptions } from "./verifier/options.ts";
export type { VerifierStatus } from "./verifier/status.ts";
export type { Unavailable } from "./verifier/unavailable.ts";
export type { AccessTokenVerifier, Verdict } from "./verifier/verifier.ts";

/**
 * A verifier for whatever runs JavaScript: signatures are checked by Web Cryptography. On Node that of
 * `@counterfoil/verifier/node` is faster, and answers at once. It does nothing until it is first used.
 *
 * @throws TypeError for a wrong option: the sentence says what would be right
 */
export function createVerifier(options: VerifierOptions): AccessTokenVerifier {
  return composeVerifier(options, (kernel) => createAsyncKernel({ ...kernel, signatures: webSignatures }));
}
