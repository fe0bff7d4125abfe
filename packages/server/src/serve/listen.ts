import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ConfigurationError } from "@counterfoil/core";
import type { Place } from "../config/environment.ts";
import type { Counterfoil } from "../counterfoil.ts";
import { JSON_TYPE, SECURITY_HEADERS, STRICT_TRANSPORT_SECURITY } from "../http/security-headers.ts";
import { nodeHandler } from "../node.ts";

export interface Listen {
  readonly host: string;
  readonly port: number;
  readonly trustProxy: string | null;
  /** Only what is below `/admin/`. */
  readonly admin?: boolean;
}

export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Goes on answering, and has each connection end with its answer: none is then idle when the server closes. */
  leave(): void;
  /** Ends every connection at once, whatever is under way on it. */
  hangUp(): void;
}

/** Node's own limits let a slow client hold a connection for five minutes; ours are what JSON of 16 KiB takes. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const IDLE_TIMEOUT_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** How long requests under way may take to end when the server has closed. */
const LAST_REQUESTS_MS = 5_000;

/**
 * Listens, with limits on headers, bodies and idle connections.
 *
 * @throws ConfigurationError if the address cannot be listened on
 */
export async function listen(cf: Counterfoil, { host, port, trustProxy, admin = false }: Listen): Promise<Listening> {
  const handle = nodeHandler(cf, { admin, ...(trustProxy !== null && { trustProxy }) }, true);
  const secure = cf.issuer.startsWith("https:");
  const answering = new Set<ServerResponse>();
  let leaving = false;
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Without one the adapter refuses the request in the form of every other error; Node's own answer has no form.
      requireHostHeader: false,
    },
    (incoming, outgoing) => {
      // Speaks for the whole host, which is this server's own here.
      if (secure) outgoing.setHeader("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY);
      answering.add(outgoing);
      outgoing.once("close", () => answering.delete(outgoing));
      if (leaving) outgoing.setHeader("Connection", "close");
      handle(incoming, outgoing);
    },
  );
  server.on("clientError", (error, socket) => answerClientError(error, socket as Socket, secure));
  await listenOn(server, { host, port }, admin ? "--admin-port" : "--port");
  const leave = () => {
    leaving = true;
    for (const outgoing of answering) if (!outgoing.headersSent) outgoing.setHeader("Connection", "close");
  };
  return {
    port: (server.address() as AddressInfo).port,
    leave,
    hangUp: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: () => {
      leave();
      // Streams end by themselves at it, and would else be waited for.
      cf.announceStop();
      return close(server);
    },
  };
}

/** Lets what is under way end, but not for ever. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS);
  await closed;
  clearTimeout(late);
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: string, sentence: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "The headers are larger than 16 KiB."],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "The request took too long to arrive."],
};

/** What Node refuses before there is a request; in the form of every other error. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket, secure: boolean): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, sentence] = CLIENT_ERRORS[error.code ?? ""] ?? [
    "400 Bad Request",
    "This is not HTTP/1.1 as it should be.",
  ];
  const body = JSON.stringify({ error: sentence, code: "invalid_request" });
  const headers = {
    ...SECURITY_HEADERS,
    ...(secure && { "Strict-Transport-Security": STRICT_TRANSPORT_SECURITY }),
    "Content-Type": JSON_TYPE,
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`);
}

/**
 * Has any server of ours listen.
 *
 * @param flag what chooses its port
 * @throws ConfigurationError (as a rejection) that says what to do where it cannot
 */
export function listenOn(server: Server, { host, port }: Place, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(explainListenError(error, { host, port }, flag)));
    server.listen({ host, port }, resolve);
  });
}

function explainListenError(error: NodeJS.ErrnoException, { host, port }: Place, flag: string): ConfigurationError {
  const where = `${host}:${port}`;
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `Something else listens on ${where} already: end it, or choose another port with ${flag}.`,
    EACCES: `This user may not listen on ${where}: choose a port above 1023 with ${flag}.`,
    EADDRNOTAVAIL: `${host} is no address of this machine: choose another with ${flag.replace("port", "host")}.`,
    ENOTFOUND: `${host} is no address of this machine: choose another with ${flag.replace("port", "host")}.`,
  };
  return new ConfigurationError(sentences[error.code ?? ""] ?? `Cannot listen on ${where} (${error.code}).`, {
    cause: error,
  });
}
