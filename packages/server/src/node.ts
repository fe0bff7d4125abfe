import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { ERRORS } from "@counterfoil/protocol";
import { getRequestListener } from "@hono/node-server";
import type { Counterfoil } from "./counterfoil.ts";
import { clientAddress, NO_PROXIES, parseTrustedProxies } from "./http/remote-address.ts";
import { JSON_TYPE, SECURITY_HEADERS } from "./http/security-headers.ts";

export interface NodeHandlerOptions {
  /** Networks, separated by commas, whose `X-Forwarded-For` is believed; none where it is left out. */
  readonly trustProxy?: string;
}

export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * A listener for `node:http`, Express and whatever takes one. Mount it above body parsers: a body can be read once.
 *
 * @throws ConfigurationError if `trustProxy` is no list of networks
 */
export function toNodeHandler(cf: Pick<Counterfoil, "fetch">, options: NodeHandlerOptions = {}): NodeHandler {
  // Somebody else's process: its global Request and Response stay as they are.
  return nodeHandler(cf, options, false);
}

/** What `serve` needs besides. */
export interface NodeListenerOptions extends NodeHandlerOptions {
  /** What comes in here is the administrators'. */
  readonly admin?: boolean;
}

/** @param ownProcess whether the process serves nothing else, so that its global classes may be the faster ones */
export function nodeHandler(
  cf: Pick<Counterfoil, "fetch">,
  { trustProxy, admin = false }: NodeListenerOptions,
  ownProcess: boolean,
): NodeHandler {
  const proxies = trustProxy === undefined ? NO_PROXIES : parseTrustedProxies(trustProxy);
  const listener = getRequestListener(
    (request, { incoming }) => {
      const { socket, headers } = incoming as IncomingMessage;
      const forwardedFor = headers["x-forwarded-for"];
      const forwarded = Array.isArray(forwardedFor) ? forwardedFor.join(",") : (forwardedFor ?? null);
      const remoteAddress = clientAddress(socket.remoteAddress ?? null, forwarded, proxies);
      return cf.fetch(request, {
        remoteAddress: remoteAddress ?? undefined,
        admin,
        reset: () => resetConnection(socket),
      });
    },
    {
      overrideGlobalObjects: ownProcess,
      // The adapter could not make a request of it: a Host that is none, an address that is none.
      errorHandler: () => plainAnswer("invalid_request", "The Host header or the request's address is malformed."),
    },
  );
  return (incoming, outgoing) => {
    const mounted = incoming as IncomingMessage & { originalUrl?: unknown; body?: unknown };
    if (mounted.body !== undefined && incoming.readableDidRead) {
      sendMistake(outgoing);
      return;
    }
    // Express cuts the mount path off `url`; the issuer's path is part of our routes.
    if (typeof mounted.originalUrl === "string") incoming.url = mounted.originalUrl;
    void listener(incoming, outgoing);
  };
}

/** With what the peer has not taken yet, which would wait in the kernel for it. */
function resetConnection(socket: Socket): void {
  // What lies over TLS or a pipe cannot be reset.
  if (socket.constructor === Socket) socket.resetAndDestroy();
  else socket.destroy();
}

/**
 * A request of Node's as the Web's, without its body: for `cf.verifier.verifyRequest` and `cf.signIn` in a route of the
 * application's own. Body parsers may have read it. Headers that came twice stay visible as such, which
 * `incoming.headers` hides. Never throws.
 */
export function toRequest(incoming: IncomingMessage & { readonly originalUrl?: unknown }): Request {
  const headers = new Headers();
  const { rawHeaders } = incoming;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    // HTTP/2 has its request line among the headers.
    if (!name.startsWith(":")) headers.append(name, rawHeaders[index + 1]!);
  }
  const path = typeof incoming.originalUrl === "string" ? incoming.originalUrl : (incoming.url ?? "/");
  // The Host header is the sender's word, and nothing here goes by it.
  const url = `http://localhost${path.startsWith("/") ? path : "/"}`;
  const method = incoming.method ?? "GET";
  // No Request can have these (Fetch §2.2.1); whatever answers them is guarded like a change.
  return new Request(url, { method: /^(?:CONNECT|TRACE|TRACK)$/i.test(method) ? "POST" : method, headers });
}

/** Sends a Web-standard answer, such as that of `cf.signIn`, from a route of the application's own. */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    // Beside the cookies that the application has set.
    if (name === "set-cookie") outgoing.appendHeader(name, value);
    else outgoing.setHeader(name, value);
  }
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

const MISTAKE =
  "A body parser has read this request before Counterfoil could: mount toNodeHandler(cf) above express.json() and the like.";

function sendMistake(outgoing: ServerResponse): void {
  outgoing.writeHead(ERRORS.internal.status, { ...SECURITY_HEADERS, "Content-Type": JSON_TYPE });
  outgoing.end(JSON.stringify({ error: MISTAKE, code: "internal" }));
}

function plainAnswer(code: keyof typeof ERRORS, error: string): Response {
  const headers = { ...SECURITY_HEADERS, "Content-Type": JSON_TYPE };
  return new Response(JSON.stringify({ error, code }), { status: ERRORS[code].status, headers });
}
