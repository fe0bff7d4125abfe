/** A server with the demonstration's dashboard, and beside it the same route without a check. */
import { parseVerifierName, registerVerifier, Secret, systemRandom } from "@counterfoil/core";
import { composeCounterfoil } from "../../packages/server/src/compose.ts";
import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { json } from "../../packages/server/src/http/answer.ts";
import type { Route } from "../../packages/server/src/http/route.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";
import { nodeCrypto } from "../../packages/server/src/platform/node-crypto.ts";
import { listen } from "../../packages/server/src/serve/listen.ts";
import type { Services } from "../../packages/server/src/services.ts";
import { answerQuestions, processInput } from "../process.ts";

export interface ServerInput {
  readonly ledger: string;
  readonly port: number;
  /** What several servers of one ledger have in common; a server alone has its own. */
  readonly issuer?: string;
  readonly secret?: string;
}

/**
 * Asks for sessions of users that the application has checked, for the credential of a service, that the first user is
 * signed out so often, or else for the processor's time so far and the memory that is held.
 */
export type ServerQuestion =
  | { readonly open: number; readonly transport: "cookie" | "bearer"; readonly roles?: readonly string[] }
  | { readonly register: string }
  | { readonly end: number; readonly everyMs: number };

export interface Used extends NodeJS.CpuUsage {
  readonly rss: number;
}

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

const {
  ledger,
  port,
  issuer = `http://localhost:${port}`,
  secret = Secret.generate(nodeCrypto, systemRandom).reveal(),
} = processInput() as ServerInput;
const running: { services?: Services } = {};
const cf = composeCounterfoil({ issuer, ledger, secret }, [...ROUTES, dashboard, unchecked], async (services) => {
  running.services = services;
});
await cf.ready();
const services = running.services!;
await listen(cf, { host: "127.0.0.1", port, trustProxy: "127.0.0.1" });
let users = 0;

process.on("SIGINT", () => process.exit());
answerQuestions({ port }, async (asked) => {
  const question = asked as ServerQuestion | Record<string, never>;
  if ("register" in question) return register(question.register);
  if ("end" in question) return end(question.end, question.everyMs);
  if ("open" in question) return openSessions(question.open, question.transport, question.roles);
  return { ...process.cpuUsage(), rss: process.memoryUsage.rss() } satisfies Used;
});

async function register(name: string): Promise<{ readonly credential: string }> {
  const parts = { ledger: services.ledger, crypto: nodeCrypto, random: systemRandom };
  const registered = await registerVerifier(parts, parseVerifierName(name)!, null);
  if (registered.outcome !== "added") throw new Error(registered.outcome);
  return { credential: registered.credential };
}

async function end(count: number, everyMs: number): Promise<object> {
  for (let ended = 0; ended < count; ended++) {
    const next = new Promise((resolve) => setTimeout(resolve, everyMs));
    await cf.sessions.revokeAll("user-0");
    await next;
  }
  return {};
}

/** No more at once than there are connections to a database. */
async function openSessions(count: number, transport: "cookie" | "bearer", roles?: readonly string[]) {
  const opened: OpenedSession[] = [];
  while (opened.length < count) {
    const some = Array.from({ length: Math.min(8, count - opened.length) }, () => openSession(transport, roles));
    opened.push(...(await Promise.all(some)));
  }
  return opened;
}

/** Of a user each: a user has at most fifty. */
async function openSession(
  transport: "cookie" | "bearer",
  roles: readonly string[] = ["user"],
): Promise<OpenedSession> {
  const subject = `user-${users++}`;
  // A name of its own, too: of several that are new at once with the same one, a user could not be told by it.
  const user = { subject, username: `kavya ${subject}`, roles };
  const answer = await cf.signIn(new Request(`${issuer}/own`, { method: "POST" }), user, { transport });
  const { access_token: access, refresh_token } = (await answer.json()) as Record<string, string>;
  if (!answer.ok) throw new Error(`a sign-in was answered ${answer.status}`);
  const cookie = answer.headers.get("set-cookie")?.split(";", 1)[0];
  return { access: access ?? "", carried: refresh_token ?? cookie ?? "" };
}
