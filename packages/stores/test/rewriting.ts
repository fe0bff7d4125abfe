import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface Rewriting extends AsyncDisposable {
  readonly port: number;
  /** How often something was put in place of another. */
  readonly count: number;
}

/** @param texts what is replaced, and by what: of the same length, as the protocol counts its bytes */
export interface Rewrite {
  readonly toServer?: readonly [from: string, to: string];
  readonly toClient?: readonly [from: string, to: string];
}

/** A way to a PostgreSQL server on which a text becomes another one, for what no server at hand does. */
export async function openRewriting(target: number, { toServer, toClient }: Rewrite): Promise<Rewriting> {
  const sockets = new Set<Socket>();
  let count = 0;
  const rewrite = (data: Buffer, texts: readonly [string, string] | undefined): Buffer => {
    const at = texts === undefined ? -1 : data.indexOf(texts[0], 0, "latin1");
    if (texts === undefined || at < 0) return data;
    count++;
    data.write(texts[1], at, "latin1");
    return data;
  };
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    near.on("data", (data: Buffer) => far.write(rewrite(data, toServer)));
    far.on("data", (data: Buffer) => near.write(rewrite(data, toClient)));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          near.destroy();
          far.destroy();
        });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get count() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
