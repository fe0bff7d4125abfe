import { join } from "node:path";
import { Secret, systemRandom } from "@counterfoil/core";
import type { LedgerEvent } from "@counterfoil/core";
import { composeCounterfoil } from "../../packages/server/src/compose.ts";
import type { Counterfoil } from "../../packages/server/src/counterfoil.ts";
import { dashboard } from "../../packages/server/src/demo/dashboard.ts";
import { DEMO_USERS } from "../../packages/server/src/demo/users.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";
import type { Notice } from "../../packages/server/src/notice.ts";
import type { CounterfoilOptions } from "../../packages/server/src/options.ts";
import { nodeCrypto } from "../../packages/server/src/platform/node-crypto.ts";
import { listen } from "../../packages/server/src/serve/listen.ts";
import type { Services } from "../../packages/server/src/services.ts";
import type { Answer } from "./answer.ts";
import { HeldClock } from "./clock.ts";
import type { Target } from "./http.ts";
import { Journal } from "./journal.ts";
import { freePort } from "./port.ts";
import type { NewUser } from "./user.ts";
import { addUser } from "./user.ts";

/** A server in this process, behind a real socket, on a clock that the test moves. */
export interface LocalServer extends Target, AsyncDisposable {
  readonly cf: Counterfoil;
  readonly services: Services;
  readonly clock: HeldClock;
  readonly notices: readonly Notice[];
  /** What the event log says of the request that this answered. */
  eventsOf(answer: Answer): Promise<readonly LedgerEvent[]>;
}

export interface LocalOptions extends Omit<Partial<CounterfoilOptions>, "ledger" | "clock"> {
  /** The ledger's directory; in memory where it is left out. */
  readonly data?: string;
  readonly users?: readonly NewUser[];
  readonly trustProxy?: string;
  /** The issuer's. */
  readonly path?: string;
  readonly clock?: HeldClock;
}

export async function startLocal(options: LocalOptions = {}): Promise<LocalServer> {
  const { data, users = DEMO_USERS, trustProxy = null, path = "", clock = new HeldClock(), ...over } = options;
  const port = await freePort();
  const notices: Notice[] = [];
  const running: { services?: Services } = {};
  const cf = composeCounterfoil(
    {
      issuer: `http://localhost:${port}${path}`,
      ledger: data === undefined ? "memory:" : `sqlite:${join(data, "counterfoil.db")}`,
      secret: newSecret(),
      onNotice: (notice) => notices.push(notice),
      ...over,
      clock,
    },
    [...ROUTES, dashboard],
    async (services) => {
      running.services = services;
      for (const user of users) await addUser(services.ledger, user);
    },
  );
  await cf.ready();
  const listening = await listen(cf, { host: "127.0.0.1", port, trustProxy });
  const services = running.services!;
  return {
    port,
    issuer: cf.issuer,
    journal: new Journal(),
    cf,
    services,
    clock,
    notices,
    async eventsOf(answer) {
      await services.recorder.flush();
      return services.ledger.readEvents({ requestId: String(answer.headers["request-id"]), limit: 100 });
    },
    async [Symbol.asyncDispose]() {
      await listening[Symbol.asyncDispose]();
      await cf[Symbol.asyncDispose]();
    },
  };
}

export function newSecret(): string {
  return Secret.generate(nodeCrypto, systemRandom).reveal();
}
