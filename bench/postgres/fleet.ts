import { Secret, systemRandom } from "@counterfoil/core";
import { nodeCrypto } from "../../packages/server/src/platform/node-crypto.ts";
import { freePort } from "../place.ts";
import { startProcess } from "../process.ts";
import type { Process } from "../process.ts";

export interface Fleet extends AsyncDisposable {
  readonly servers: readonly Process[];
  readonly ports: readonly number[];
  readonly issuer: string;
}

/** Server processes of one ledger, as they are behind a balancer: the same issuer, the same secret. */
export async function startFleet(ledger: string, count: number): Promise<Fleet> {
  const stack = new AsyncDisposableStack();
  const secret = Secret.generate(nodeCrypto, systemRandom).reveal();
  const ports: number[] = [];
  const servers: Process[] = [];
  for (let index = 0; index < count; index++) {
    ports.push(await freePort());
    const input = { ledger, port: ports[index], issuer: `http://localhost:${ports[0]}`, secret };
    servers.push(stack.use(await startProcess("counterfoil", input)));
  }
  return {
    servers,
    ports,
    issuer: `http://localhost:${ports[0]}`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
