import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { RequestAuth, VerifierStatus } from "@counterfoil/verifier";
import { authenticate, createVerifier } from "@counterfoil/verifier/node";
import type { NodeVerifier } from "@counterfoil/verifier/node";
import type { WebSocketServer } from "ws";
import { SECURITY_HEADERS } from "../../http/security-headers.ts";
import { listenOn } from "../../serve/listen.ts";
import type { Lab } from "../lab/lab.ts";
import { traceResponse } from "../lab/traced-response.ts";
import type { Print } from "../transcript.ts";
import { allowOrigin } from "./cors.ts";
import { FeedSwitch } from "./feed-switch.ts";
import { announce, stateSentence } from "./announce.ts";
import { OTHER_SITE, otherSite } from "./other-site.ts";
import { SeenTokens } from "./seen.ts";

export interface SampleApiOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Registers this API as a verifier, once it listens: a second demonstration must not take the first one's place. */
  readonly register: () => Promise<string>;
  readonly host: string;
  readonly port: number;
  readonly print: Print;
  /** What the Lab's page asks for is kept there, and told what is revoked. */
  readonly lab: Pick<Lab, "traces" | "heard">;
}

export interface SampleApi extends AsyncDisposable {
  /** How its verifier is. */
  readonly status: VerifierStatus;
  /** What cuts it off from the server. */
  readonly network: FeedSwitch;
  /** How many WebSockets are open. */
  readonly sockets: number;
  /** Until the first snapshot is there. */
  ready(): Promise<void>;
}

/** Where it is, by the name that browsers take for a safe place. */
export function sampleApiUrl(port: number): string {
  return `http://localhost:${port}`;
}

/**
 * A service of somebody else's, as it were: it checks access tokens by itself and follows the revocation feed, over the
 * network like any other. It has what such a service has: routes, a stream of server-sent events and a WebSocket, both
 * ended with the session; and a switch that cuts it off from the server.
 *
 * @throws ConfigurationError if it cannot listen there
 */
export async function startSampleApi(options: SampleApiOptions): Promise<SampleApi> {
  const { issuer, audience, register, host, port, print, lab } = options;
  // Here and not above: a server in earnest has no use for it.
  const { WebSocketServer } = await import("ws");
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, handleProtocols: () => PROTOCOL });
  await listenOn(server, { host, port }, "--api-port");
  const network = new FeedSwitch();
  const seen = new SeenTokens();
  // What is told before it is ready, and when it stops, is no news to whoever watches.
  let quiet = true;
  const verifier = createVerifier({
    issuer,
    audience,
    credential: await register(),
    fetch: network.fetch,
    onStateChange: (state) => {
      if (!quiet) print(stateSentence(port, state, verifier.status));
    },
    onRevocation: (entry) => {
      lab.heard(entry);
      void announce({ entry, seen, port, print });
    },
  });
  const parts: Parts = { verifier, network, seen, issuer, port, print };
  server.on("request", (request, response) => {
    traceResponse(lab.traces, sampleApiUrl(port), request, response);
    answer(parts, request, response).catch(() => response.destroy());
  });
  server.on("upgrade", (request, socket: Duplex, head) => {
    upgrade({ ...parts, sockets }, request, socket, head).catch(() => socket.destroy());
  });
  return {
    get status() {
      return verifier.status;
    },
    network,
    get sockets() {
      return sockets.clients.size;
    },
    async ready() {
      await verifier.ready(AbortSignal.timeout(10_000));
      quiet = false;
    },
    async [Symbol.asyncDispose]() {
      quiet = true;
      for (const socket of sockets.clients) socket.terminate();
      await verifier[Symbol.asyncDispose]();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

interface Parts {
  readonly verifier: NodeVerifier;
  readonly network: FeedSwitch;
  readonly seen: SeenTokens;
  readonly issuer: string;
  readonly port: number;
  readonly print: Print;
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { verifier, seen, issuer } = parts;
  const path = (request.url ?? "/").split("?", 1)[0]!;
  const route = `${request.method} ${path}`;
  allowOrigin(new URL(issuer).origin, request, response);
  if (request.method === "OPTIONS") return answerPreflight(response);
  if (route === `GET ${OTHER_SITE}`) return otherSite(issuer, response);
  if (route === "GET /status") return send(response, 200, verifier.status);
  if (route === "POST /feed/cut" || route === "POST /feed/heal") return switchFeed(parts, path, request, response);
  if (!PROTECTED.has(route))
    return send(response, 404, {
      error: `There is nothing here: try ${[...PROTECTED, "GET /status"].join(", ")}.`,
      code: "not_found",
    });

  const checked = await authenticate(verifier, request);
  if (!checked.ok) return send(response, checked.status, checked.body, checked.headers);
  const { auth } = checked;
  seen.note(auth, tokenOf(request));
  if (route === "GET /stream") return stream(verifier, auth, response);
  if (route === "GET /reports" && !auth.roles.includes("admin")) {
    const challenge = { "WWW-Authenticate": 'Bearer error="insufficient_scope"' };
    return send(response, 403, { error: "This takes the role admin.", code: "insufficient_role" }, challenge);
  }
  return send(response, 200, { owner: auth.sub, roles: auth.roles, [path.slice(1)]: [] });
}

const PROTECTED: ReadonlySet<string> = new Set(["GET /orders", "GET /reports", "GET /stream"]);

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...SECURITY_HEADERS, "Content-Type": "application/json", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}

function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, SECURITY_HEADERS).end();
}

function tokenOf(request: IncomingMessage): string {
  return (request.headers.authorization ?? "").slice("Bearer ".length);
}

function switchFeed(
  { network, issuer, port, print }: Parts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (!isOurs(request, issuer)) return send(response, 403, { error: "Refused: that is another site's page." });
  if (path === "/feed/cut") network.cut();
  else network.heal();
  print(`API :${port}  the network between it and the server is ${network.isCut ? "cut" : "healed"}.`);
  return send(response, 200, { feed: network.isCut ? "cut" : "healed" });
}

/** Any page that the visitor has open can send a request here; only the server's own may have an effect. */
function isOurs({ headers }: IncomingMessage, issuer: string): boolean {
  return headers.origin === undefined || headers.origin === new URL(issuer).origin;
}

function stream(verifier: NodeVerifier, auth: RequestAuth, response: ServerResponse): void {
  response.writeHead(200, { ...SECURITY_HEADERS, "Content-Type": "text/event-stream" });
  response.write(`event: hello\ndata: ${JSON.stringify({ sub: auth.sub })}\n\n`);
  verifier.guard(auth, response, {
    ended: (reason) => response.write(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`),
  });
}

/** What a WebSocket speaks here. A browser cannot set its headers, so the access token comes as a second protocol. */
const PROTOCOL = "counterfoil.sample";

interface UpgradeParts extends Pick<Parts, "verifier" | "seen" | "issuer"> {
  readonly sockets: WebSocketServer;
}

async function upgrade(
  { verifier, seen, issuer, sockets }: UpgradeParts,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const path = (request.url ?? "/").split("?", 1)[0];
  const [, token = tokenOf(request)] = (request.headers["sec-websocket-protocol"] ?? "").split(/ *, */);
  const headers = new Headers({ Authorization: `Bearer ${token}` });
  const checked = await verifier.verifyRequest({ method: "GET", headers });
  if (path !== "/socket") return refuseUpgrade(socket, "404 Not Found");
  // A browser sends the page's origin, and lets any page connect (ASVS V4.4.2).
  if (!isOurs(request, issuer)) return refuseUpgrade(socket, "403 Forbidden");
  if (!checked.ok)
    return refuseUpgrade(socket, checked.status === 503 ? "503 Service Unavailable" : "401 Unauthorized");
  seen.note(checked.auth, token);
  sockets.handleUpgrade(request, socket, head, (opened) => {
    opened.on("error", () => opened.terminate());
    verifier.guard(checked.auth, opened);
    opened.send(JSON.stringify({ hello: checked.auth.sub }));
    opened.on("message", (data: Buffer) => opened.send(data, { binary: false }));
  });
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
