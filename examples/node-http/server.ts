/** Counterfoil in plain `node:http`: its routes under /auth, the application's own beside them. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { verify } from "@node-rs/argon2";
import { createCounterfoil } from "counterfoil";
import { toNodeHandler, toRequest } from "counterfoil/node";

// The application's own users; the password of this one is "password123".
const kavya = {
  subject: "user-1",
  roles: ["admin"],
  hash: "$argon2id$v=19$m=19456,t=2,p=1$b+54R00XDPCq8iptl52YvA$KyOSeor0vhhnIWxbjj9dOzlo7F+j7wrHoSdG94PE9+0",
};
const users = new Map([["kavya", kavya]]);

const port = Number(process.env["PORT"] ?? 3000);
const cf = createCounterfoil({
  issuer: `http://localhost:${port}/auth`,
  ledger: "memory:", // "sqlite:./counterfoil.db" keeps the sessions over a restart
  secret: process.env["COUNTERFOIL_SECRET"] ?? "",
  authenticate: async ({ username, password }) => {
    const user = users.get(username);
    // Somebody's hash is checked in any case: else the time of an answer would tell who is a user here.
    const right = await verify((user ?? kavya).hash, password);
    return right && user !== undefined ? user : null;
  },
});
const auth = toNodeHandler(cf);

async function orders(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const seen = await cf.verifier.verifyRequest(toRequest(incoming));
  if (seen.ok) sendJson(outgoing, 200, { owner: seen.auth.sub, orders: [] });
  else sendJson(outgoing, seen.status, seen.body, seen.headers);
}

function sendJson(outgoing: ServerResponse, status: number, body: unknown, headers = {}): void {
  outgoing.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers });
  outgoing.end(JSON.stringify(body));
}

const server = createServer((incoming, outgoing) => {
  const path = incoming.url ?? "/";
  if (path.startsWith("/auth/")) auth(incoming, outgoing);
  else if (path === "/orders") void orders(incoming, outgoing);
  else sendJson(outgoing, 404, { error: "There is nothing here." });
});
server.listen(port, "localhost", () => console.log(`http://localhost:${port}`));

process.once("SIGTERM", () => {
  server.close(() => void cf[Symbol.asyncDispose]());
  server.closeIdleConnections();
});
