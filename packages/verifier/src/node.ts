export { nodeSignatures } from "./signature/node-signatures.ts";
export { authenticate, sendRefusal, withAuth } from "./request/node-answer.ts";
export type { NodeOptions, OutgoingAnswer } from "./request/node-answer.ts";
export { headOf } from "./request/node-head.ts";
export type { IncomingHead } from "./request/node-head.ts";
