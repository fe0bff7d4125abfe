import { createNodeVerifier } from "./verifier/node-verifier.ts";
import type { NodeVerifier, NodeVerifierOptions } from "./verifier/node-verifier.ts";

export { endReasonOf } from "./guard/connection.ts";
export type { Connection, EndReason, ResponseLike, SocketLike } from "./guard/connection.ts";
export { ConnectionGuard } from "./guard/guard.ts";
export type { Guarded, GuardedAuth, GuardOptions, GuardParts } from "./guard/guard.ts";
export type { KernelState } from "./kernel/examination.ts";
export { createKernel } from "./kernel/kernel.ts";
export type { Kernel } from "./kernel/kernel.ts";
export type { KernelClock, KernelOptions } from "./kernel/options.ts";
export type { VerificationJwk } from "./key/jwk.ts";
export { authenticate, sendRefusal, withAuth } from "./request/node-answer.ts";
export type { NodeOptions, OutgoingAnswer } from "./request/node-answer.ts";
export { headOf } from "./request/node-head.ts";
export type { IncomingHead } from "./request/node-head.ts";
export type { RevocationView } from "./revocation/revocation-set.ts";
export { nodeSignatures } from "./signature/node-signatures.ts";
export type { SignatureCheck, SignaturePort } from "./signature/signature-port.ts";
export type { NodeVerifier, NodeVerifierOptions, NodeVerifierStatus } from "./verifier/node-verifier.ts";

/**
 * A verifier with the signatures of `node:crypto`: where memory can answer, it does so at once. It takes session
 * cookies, too, where that is asked for, and ends connections with their session. It does nothing until it is first
 * used.
 *
 * @throws TypeError for a wrong option: the sentence says what would be right
 */
export function createVerifier(options: NodeVerifierOptions): NodeVerifier {
  return createNodeVerifier(options);
}
