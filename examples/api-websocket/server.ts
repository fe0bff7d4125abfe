/** A WebSocket that is opened with an access token, ends with its session, and goes on with a fresher token. */
import { createServer } from "node:http";
import { createVerifier } from "@counterfoil/verifier/node";
import { WebSocketServer } from "ws";

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
  // A browser cannot set headers here, but protocols: new WebSocket(url, ["chat", accessToken])
  const [, token = ""] = (request.headers["sec-websocket-protocol"] ?? "").split(/ *, */);
  const seen = await verifier.verify(token);
  if (!seen.ok) {
    socket.end(`HTTP/1.1 ${seen.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  sockets.handleUpgrade(request, socket, head, (opened) => {
    opened.on("error", () => opened.terminate());
    const guarded = verifier.guard(seen.auth, opened);
    opened.on("message", async (data: Buffer) => {
      const message = String(data);
      if (!message.startsWith("token ")) return opened.send(`${seen.auth.sub}: ${message}`);
      const fresher = await verifier.verify(message.slice("token ".length));
      return opened.send(fresher.ok && guarded.renew(fresher.auth) ? "renewed" : "not renewed");
    });
  });
});

await verifier.ready();
server.listen(port, "localhost", () => console.log(`http://localhost:${port}`));
