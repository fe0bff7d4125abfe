/**
 * What the tests of a verifier take it from. `web-runtime.test.ts` runs them once more with that of the main entry in its
 * place.
 */
export { createVerifier } from "../src/node.ts";
