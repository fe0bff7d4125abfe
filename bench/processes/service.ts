/** A service that verifies locally: it notes when each token that it holds is refused for the first time. */
import type { Revocation } from "@counterfoil/protocol";
import { createVerifier } from "@counterfoil/verifier/node";
import { answerQuestions, processInput } from "../process.ts";
import type { OpenedToken } from "./revoker.ts";

export interface ServiceInput {
  readonly issuer: string;
  readonly credential: string;
}

export type ServiceQuestion =
  /** Holds these tokens from now on, each of which must be accepted. */
  | { readonly hold: readonly OpenedToken[] }
  /** Tells what was refused, once it is so many. */
  | { readonly refused: number };

/** By sid, milliseconds since the epoch with their fraction. */
export type RefusedAt = Readonly<Record<string, number>>;

const { issuer, credential } = processInput() as ServiceInput;
const held = new Map<string, string>();
const refusedAt: Record<string, number> = {};

const verifier = createVerifier({ issuer, audience: issuer, credential, onRevocation });
await verifier.ready();

answerQuestions({}, async (asked) => {
  const question = asked as ServiceQuestion;
  if ("hold" in question) return hold(question.hold);
  while (Object.keys(refusedAt).length < question.refused) await new Promise((resolve) => setTimeout(resolve, 10));
  return refusedAt;
});

async function hold(tokens: readonly OpenedToken[]): Promise<object> {
  for (const { sid, token } of tokens) {
    if (!(await verifier.verify(token)).ok) throw new Error("a good token was refused");
    held.set(sid, token);
  }
  return {};
}

function onRevocation(entry: Revocation): void {
  if (entry.type !== "session-revoked") return;
  const token = held.get(entry.sid);
  if (token === undefined || refusedAt[entry.sid] !== undefined) return;
  const seen = verifier.verify(token);
  if (seen instanceof Promise || seen.ok) throw new Error("a token was accepted after its revocation was told");
  refusedAt[entry.sid] = performance.timeOrigin + performance.now();
}
