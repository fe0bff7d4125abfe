/** A WebSocket that is opened with an access token, ends with its session, and goes on with a fresher token. */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Auth } from "@counterfoil/verifier";
import { createVerifier } from "@counterfoil/verifier/node";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";

const port = Number(process.env["PORT"] ?? 3001);
const issuer = process.env["COUNTERFOIL_ISSUER"] ?? "http://localhost:4000";
const verifier = createVerifier({
  issuer,
  audience: process.env["COUNTERFOIL_AUDIENCE"] ?? issuer,
  credential: process.env["COUNTERFOIL_CREDENTIAL"] ?? "", // of `counterfoil verifiers add chat`
});

const server = createServer((_, response) => response.writeHead(426).end());
// The answer names the first protocol alone: the other one is the token.
const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024, handleProtocols: () => "chat" });

server.on("upgrade", async (request, socket, head) => {
  socket.on("error", () => socket.destroy());
  const seen = await verifier.verify(tokenOf(request));
  if (seen.ok) sockets.handleUpgrade(request, socket, head, (opened) => serve(opened, seen.auth));
  else socket.end(`HTTP/1.1 ${seen.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
});

/** A browser cannot set the headers of a WebSocket, but its protocols: `new WebSocket(url, ["chat", accessToken])`. */
function tokenOf({ headers }: IncomingMessage): string {
  const [, token = ""] = (headers["sec-websocket-protocol"] ?? "").split(/ *, */);
  return token;
}

function serve(socket: WebSocket, auth: Auth): void {
  socket.on("error", () => socket.terminate());
  const guarded = verifier.guard(auth, socket);
  socket.on("message", async (data: Buffer) => {
    const message = String(data);
    if (!message.startsWith("token ")) return socket.send(`${auth.sub}: ${message}`);
    const fresher = await verifier.verify(message.slice("token ".length));
    return socket.send(fresher.ok && guarded.renew(fresher.auth) ? "renewed" : "not renewed");
  });
}

await verifier.ready();
server.listen(port, "localhost", () => console.log(`http://localhost:${port}`));
