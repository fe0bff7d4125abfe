/** A server whose sessions are ended from its own process, so that the moment of each is known. */
import { registerVerifier, Secret, systemRandom } from "@counterfoil/core";
import type { VerifierName } from "@counterfoil/core";
import { composeCounterfoil } from "../../packages/server/src/compose.ts";
import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";
import { nodeCrypto } from "../../packages/server/src/platform/node-crypto.ts";
import { listen } from "../../packages/server/src/serve/listen.ts";
import type { Services } from "../../packages/server/src/services.ts";
import { answerQuestions, processInput } from "../process.ts";

export interface RevokerInput {
  readonly ledger: string;
  readonly port: number;
}

export type RevokerQuestion =
  /** Sessions of a user each. */
  | { readonly open: number }
  /** A credential for a verifier of that name. */
  | { readonly register: string }
  /** Ends them, one each `everyMs`. */
  | { readonly revoke: readonly string[]; readonly everyMs: number };

export interface OpenedToken {
  readonly sid: string;
  readonly token: string;
}

/** When each was asked to end, by sid: milliseconds since the epoch, with their fraction, the same in every process. */
export type RevokedAt = Readonly<Record<string, number>>;

const { ledger, port } = processInput() as RevokerInput;
const issuer = `http://localhost:${port}`;
const secret = Secret.generate(nodeCrypto, systemRandom).reveal();
let services!: Services;
const cf = composeCounterfoil({ issuer, ledger, secret }, [...ROUTES, dashboard], async (started) => {
  services = started;
});
await cf.ready();
await listen(cf, { host: "127.0.0.1", port, trustProxy: null });
let users = 0;

answerQuestions({ port, issuer }, (question) => answer(question as RevokerQuestion));

async function answer(question: RevokerQuestion): Promise<object> {
  if ("open" in question) return Promise.all(Array.from({ length: question.open }, open));
  if ("register" in question) return { credential: await register(question.register) };
  const revokedAt: Record<string, number> = {};
  for (const sid of question.revoke) {
    revokedAt[sid] = performance.timeOrigin + performance.now();
    await cf.sessions.revoke(sid);
    await new Promise((resolve) => setTimeout(resolve, question.everyMs));
  }
  return revokedAt;
}

async function open(): Promise<OpenedToken> {
  const user = { subject: `user-${users++}`, username: "kavya", roles: ["user"] };
  const answered = await cf.signIn(new Request(`${issuer}/own`, { method: "POST" }), user, { transport: "bearer" });
  const { access_token: token } = (await answered.json()) as { readonly access_token: string };
  const { sid } = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as { readonly sid: string };
  return { sid, token };
}

async function register(name: string): Promise<string> {
  const parts = { ledger: services.ledger, crypto: nodeCrypto, random: systemRandom };
  const registered = await registerVerifier(parts, name as VerifierName, null);
  if (registered.outcome !== "added") throw new Error(registered.outcome);
  return registered.credential;
}
