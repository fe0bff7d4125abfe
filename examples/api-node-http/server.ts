/** A service in plain `node:http` that checks access tokens by itself: no request waits for the server. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestAuth } from "@counterfoil/verifier";
import { createVerifier, withAuth } from "@counterfoil/verifier/node";

const port = Number(process.env["PORT"] ?? 3001);
const issuer = process.env["COUNTERFOIL_ISSUER"] ?? "http://localhost:4000";
const verifier = createVerifier({
  issuer,
  audience: process.env["COUNTERFOIL_AUDIENCE"] ?? issuer,
  credential: process.env["COUNTERFOIL_CREDENTIAL"] ?? "", // of `counterfoil verifiers add orders`
});

type Route = (incoming: IncomingMessage, outgoing: ServerResponse, auth: RequestAuth) => void;

const orders: Route = (_, outgoing, auth) => send(outgoing, { owner: auth.sub, orders: [] });
const reports: Route = (_, outgoing) => send(outgoing, { reports: [] });

// A stream ends with its session: at the sign-out, not at the next request.
const events: Route = (_, outgoing, auth) => {
  outgoing.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  outgoing.write("event: hello\ndata: {}\n\n");
  verifier.guard(auth, outgoing, { ended: (reason) => outgoing.write(`event: end\ndata: ${reason}\n\n`) });
};

const routes = new Map([
  ["/orders", withAuth(verifier, orders)],
  ["/reports", withAuth(verifier, reports, { role: "admin" })],
  ["/events", withAuth(verifier, events)],
]);

const server = createServer((incoming, outgoing) => {
  const route = routes.get(incoming.url?.split("?", 1)[0] ?? "");
  if (route === undefined) outgoing.writeHead(404).end();
  else route(incoming, outgoing);
});

function send(outgoing: ServerResponse, body: object): void {
  outgoing.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

// Whoever listens before all revocations are known answers 503 until then.
await verifier.ready();
server.listen(port, "localhost", () => console.log(`http://localhost:${port}`));
