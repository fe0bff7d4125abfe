import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Gate } from "./gate.ts";

/** What becomes of one request, and of its answer. */
export type Fate =
  | "passes"
  /** Gone before the server has it. */
  | "request_lost"
  /** The server has done what was asked, and nobody hears. */
  | "answer_lost"
  /** As above, and the connection stays open: the client has to give up by itself. */
  | "black_hole"
  | "request_late"
  | "answer_late"
  /** These wait for {@link LossyProxy.release}. */
  | "request_kept"
  | "answer_kept"
  /** It reaches the server twice. */
  | "repeated"
  /** What a proxy says of its own. */
  | "proxy_401"
  | "proxy_503";

export interface LossyProxy extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What has come to pass, as `POST /refresh passes`. */
  readonly seen: readonly string[];
  /** Decides what becomes of each request from here on. */
  fate: (request: IncomingMessage) => Fate;
  /** Lets go what was kept. */
  release(): void;
  /** Resolves when nothing is on its way to the server any more. */
  idle(): Promise<void>;
}

const LATE_MS = 60;

/** The network in front of a server, at its worst. */
export async function openLossyProxy(
  target: { readonly port: number; readonly issuer: string },
  fate: LossyProxy["fate"] = () => "passes",
): Promise<LossyProxy> {
  const seen: string[] = [];
  let gate = new Gate();
  const underWay = new Set<Promise<unknown>>();
  const server = createServer((request, response) => {
    const decided = proxy.fate(request);
    seen.push(`${request.method} ${request.url} ${decided}`);
    const work = pass({ target, fate: decided, gate }, request, response).catch(() => response.destroy());
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const proxy: LossyProxy = {
    url: `http://localhost:${port}`,
    port,
    seen,
    fate,
    release() {
      gate.open();
      gate = new Gate();
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}

interface Passage {
  readonly target: { readonly port: number; readonly issuer: string };
  readonly fate: Fate;
  readonly gate: Gate;
}

async function pass(
  { target, fate, gate }: Passage,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const forward = () => exchange(target, request, Buffer.concat(chunks));
  switch (fate) {
    case "request_lost":
      return void response.destroy();
    case "proxy_401":
      return void response.writeHead(401, { "Content-Type": "text/html" }).end("<h1>Sign in to this network</h1>");
    case "proxy_503":
      return void response.writeHead(503, { "Retry-After": "1" }).end();
    case "request_late":
      await sleep(LATE_MS);
      break;
    case "request_kept":
      await gate.passed;
      break;
    case "repeated":
      await forward();
      break;
    case "passes":
    case "answer_lost":
    case "answer_late":
    case "answer_kept":
    case "black_hole":
      break;
  }
  const answer = await forward();
  if (fate === "answer_lost") return void response.destroy();
  if (fate === "black_hole") return;
  if (fate === "answer_late") await sleep(LATE_MS);
  if (fate === "answer_kept") await gate.passed;
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function exchange(
  { port, issuer }: { readonly port: number; readonly issuer: string },
  { method, url, headers }: IncomingMessage,
  body: Buffer,
) {
  const { connection: _, ...others } = headers;
  const sent = send({
    host: "127.0.0.1",
    port,
    agent: false,
    method: method!,
    path: url!,
    headers: { ...others, host: new URL(issuer).host },
  });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const { "transfer-encoding": __, connection: ___, ...told } = answer.headers;
  return { status: answer.statusCode!, headers: told, body: Buffer.concat(chunks) };
}
