/** `node:http` and nothing else: what the machine can do. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerQuestions } from "../process.ts";

const body = JSON.stringify({ message: "Welcome kavya" });
const server = createServer((_, outgoing) => {
  outgoing.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  outgoing.end(body);
});
server.listen(0, "127.0.0.1", () => {
  answerQuestions({ port: (server.address() as AddressInfo).port }, () => process.cpuUsage());
});
