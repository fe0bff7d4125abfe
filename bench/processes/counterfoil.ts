/** A server with the demonstration's dashboard, and beside it the same route without a check. */
import { Secret, systemRandom } from "@counterfoil/core";
import { composeCounterfoil } from "../../packages/server/src/compose.ts";
import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { json } from "../../packages/server/src/http/answer.ts";
import type { Route } from "../../packages/server/src/http/route.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";
import { nodeCrypto } from "../../packages/server/src/platform/node-crypto.ts";
import { listen } from "../../packages/server/src/serve/listen.ts";
import { answerQuestions, processInput } from "../process.ts";

export interface ServerInput {
  readonly ledger: string;
  readonly port: number;
}

/** Asks for the processor's time so far, or for sessions of a user that the application has checked. */
export type ServerQuestion =
  | { readonly open: number; readonly transport: "cookie" | "bearer" }
  | { readonly open?: never };

export interface OpenedSession {
  readonly access: string;
  /** The refresh token, or the cookie as it is sent back. */
  readonly carried: string;
}

const unchecked: Route = {
  method: "GET",
  path: "/unchecked",
  about: { operation: "unchecked", summary: "Checks nothing.", access: "anyone", answers: {}, errors: [] },
  handle: (_services, call) => json(call, 200, { message: "Welcome kavya" }),
};

const { ledger, port } = processInput() as ServerInput;
const issuer = `http://localhost:${port}`;
const secret = Secret.generate(nodeCrypto, systemRandom).reveal();
const cf = composeCounterfoil({ issuer, ledger, secret }, [...ROUTES, dashboard, unchecked]);
await cf.ready();
await listen(cf, { host: "127.0.0.1", port, trustProxy: "127.0.0.1" });
let users = 0;

process.on("SIGINT", () => process.exit());
answerQuestions({ port }, async (asked) => {
  const question = asked as ServerQuestion;
  if (question.open === undefined) return process.cpuUsage();
  const { open, transport } = question;
  return Promise.all(Array.from({ length: open }, () => openSession(transport)));
});

/** Of a user each: a user has at most fifty. */
async function openSession(transport: "cookie" | "bearer"): Promise<OpenedSession> {
  const user = { subject: `user-${users++}`, username: "kavya", roles: ["user"] };
  const answer = await cf.signIn(new Request(`${issuer}/own`, { method: "POST" }), user, { transport });
  const { access_token: access, refresh_token } = (await answer.json()) as Record<string, string>;
  const cookie = answer.headers.get("set-cookie")?.split(";", 1)[0];
  return { access: access ?? "", carried: refresh_token ?? cookie ?? "" };
}
