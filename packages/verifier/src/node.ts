export { nodeSignatures } from "./signature/node-signatures.ts";
