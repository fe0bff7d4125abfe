/** A service in a process of its own: it becomes ready, checks one token, and says what came of it. */
import { createVerifier } from "@counterfoil/verifier/node";

const [issuer = "", credential = "", token = ""] = process.argv.slice(2);
const verifier = createVerifier({ issuer, audience: issuer, credential });
await verifier.ready(AbortSignal.timeout(20_000));
const seen = await verifier.verify(token);
console.log(seen.ok ? "accepted" : seen.reason);
await verifier[Symbol.asyncDispose]();
