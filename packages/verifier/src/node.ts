import { createKernel } from "./kernel/kernel.ts";
import { nodeSignatures } from "./signature/node-signatures.ts";
import type { VerifierOptions } from "./verifier/options.ts";
import { composeVerifier } from "./verifier/verifier.ts";
import type { AccessTokenVerifier } from "./verifier/verifier.ts";

export { nodeSignatures } from "./signature/node-signatures.ts";
export { authenticate, sendRefusal, withAuth } from "./request/node-answer.ts";
export type { NodeOptions, OutgoingAnswer } from "./request/node-answer.ts";
export { headOf } from "./request/node-head.ts";
export type { IncomingHead } from "./request/node-head.ts";

/**
 * A verifier with the signatures of `node:crypto`: where memory can answer, it does so at once. It does nothing until it
 * is first used.
 *
 * @throws TypeError for a wrong option: the sentence says what would be right
 */
export function createVerifier(options: VerifierOptions): AccessTokenVerifier {
  return composeVerifier(options, (kernel) => createKernel({ ...kernel, signatures: nodeSignatures }));
}
