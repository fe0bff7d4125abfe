import type { AccessTokenVerifier, VerifierOptions } from "../src/index.ts";
import { createVerifier as createNodeVerifier } from "../src/node.ts";

/**
 * What the tests of a verifier take it from. `web-runtime.test.ts` runs them once more with that of the main entry in its
 * place.
 */
export const createVerifier: (options: VerifierOptions) => AccessTokenVerifier = createNodeVerifier;
