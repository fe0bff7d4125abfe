/** A server with users of its own, open to registration, that hands one-time codes to nobody. */
import { canonicalUsername, newSubject, Secret, systemRandom } from "@counterfoil/core";
import type { Password } from "@counterfoil/core";
import { composeCounterfoil } from "../../packages/server/src/compose.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";
import { Argon2 } from "../../packages/server/src/platform/argon2.ts";
import { nodeCrypto } from "../../packages/server/src/platform/node-crypto.ts";
import { listen } from "../../packages/server/src/serve/listen.ts";
import { answerQuestions, processInput } from "../process.ts";

export interface AccountsInput {
  readonly ledger: string;
  readonly port: number;
  /** They are called `known-0`, `known-1` and so on. */
  readonly users: number;
}

const { ledger, port, users } = processInput() as AccountsInput;
const secret = Secret.generate(nodeCrypto, systemRandom).reveal();
const passwordHash = await new Argon2([]).hash("a password of nobody's" as Password);
const options = { registration: "open", onPasswordReset: () => undefined } as const;
const cf = composeCounterfoil(
  { issuer: `http://localhost:${port}`, ledger, secret, ...options },
  ROUTES,
  async (services) => {
    for (let index = 0; index < users; index++) {
      const username = `known-${index}`;
      const subject = newSubject(systemRandom);
      const names = { username, canonicalUsername: canonicalUsername(username) };
      await services.ledger.createUser({ subject, ...names, passwordHash, roles: [], context: null });
    }
  },
);
await cf.ready();
await listen(cf, { host: "127.0.0.1", port, trustProxy: "127.0.0.1" });
process.on("SIGINT", () => process.exit());
answerQuestions({ port }, () => ({}));
