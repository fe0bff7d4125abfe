export { nodeSignatures } from "./signature/node-signatures.ts";
export { authenticate, sendRefusal } from "./request/node-answer.ts";
export type { OutgoingAnswer } from "./request/node-answer.ts";
export { headOf } from "./request/node-head.ts";
export type { IncomingHead } from "./request/node-head.ts";
