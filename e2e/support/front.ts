import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.ts";

/** What stands in front of servers, as a proxy does. */
export interface Front extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens on a port of this machine.
 *
 * @param certificate to end TLS with; `null` for plain http
 */
export async function openFront(certificate: Certificate | null, answer: RequestListener): Promise<Front> {
  const server = certificate === null ? createServer(answer) : createTlsServer(certificateOptions(certificate), answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const certificateOptions = ({ key, cert }: Certificate) => ({ key, cert });

/** Hands a request on to a server of this machine, and its answer back. */
export function forward(port: number, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url, headers } = incoming;
  const forwarded = send({ host: "127.0.0.1", port, method, path: url, headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    // A reader of a stream is told that it is open before there is anything to read.
    outgoing.flushHeaders();
    response.on("error", () => outgoing.destroy());
    response.pipe(outgoing);
    outgoing.on("close", () => response.destroy());
  });
  forwarded.on("error", () => outgoing.destroy());
  outgoing.on("close", () => forwarded.destroy());
  incoming.pipe(forwarded);
}
