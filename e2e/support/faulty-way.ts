import { once } from "node:events";
import { request as send } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Asked, Fault, Script } from "./fault.ts";
import { Gate } from "./gate.ts";

/** A request that came to the proxy, and what became of it. */
export interface Exchange extends Asked {
  readonly fault: Fault;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** How often the server has answered it, and with what: an entry each. */
  readonly answers: readonly number[];
}

/** One request that the test has chosen beforehand. */
export interface Chosen {
  /** It has come; where the server is asked at all, it has answered. */
  readonly met: Promise<void>;
  /** Lets the answer go on, where it was held. */
  release(): void;
}

/**
 * The way from a browser to its server, on which answers are lost, repeated, kept and made up. Each connection serves
 * one request: a browser sends a request again by itself where a connection that has served before closes on it, and
 * what is lost here is to stay lost.
 */
export interface FaultyWay {
  /** For whoever listens: `openFront(certificate, way.answer)`, `site.intercept(way.answer)`. */
  readonly answer: RequestListener;
  /** All that has come, in order. */
  readonly exchanges: readonly Exchange[];
  /** Those to a path. */
  to(path: string): readonly Exchange[];
  /** What becomes of requests from here on; `null` for no faults. */
  follow(script: Script | null): void;
  /** The next such request meets this, whatever the script says. `"hold"` keeps its answer until it is released. */
  next(method: string, path: string, fault: Fault | "hold"): Chosen;
  /** Resets all that is under way: streams too. */
  reset(): void;
}

interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly fault: Fault;
  readonly meet: () => void;
}

/** @param target the server's port on this machine; it may change */
export function faultyWay(target: () => number): FaultyWay {
  const exchanges: Exchange[] = [];
  const wanted: Wanted[] = [];
  const open = new Set<ServerResponse>();
  let script: Script | null = null;

  return {
    answer: (incoming, outgoing) => {
      const { method = "", url: path = "", headers } = incoming;
      const index = wanted.findIndex((each) => each.method === method && each.path === path);
      const chosen = index === -1 ? undefined : wanted.splice(index, 1)[0];
      const fault = chosen?.fault ?? script?.({ method, path }) ?? "none";
      const answers: number[] = [];
      outgoing.shouldKeepAlive = false;
      open.add(outgoing);
      outgoing.on("close", () => open.delete(outgoing));
      void buffer(incoming).then(
        (body) => {
          exchanges.push({ method, path, headers, fault, body: body.toString(), answers });
          const ask = async () => {
            const answer = await exchange(target(), incoming, body, outgoing);
            answers.push(answer.statusCode ?? 0);
            return answer;
          };
          return answerWith(fault, ask, outgoing, chosen?.meet).catch(() => outgoing.destroy());
        },
        () => undefined,
      );
    },
    exchanges,
    to: (path) => exchanges.filter((each) => each.path === path),
    follow: (next) => {
      script = next;
    },
    next: (method, path, fault) => {
      const met = new Gate();
      const released = new Gate();
      const then = fault === "hold" ? { until: released.passed } : fault;
      wanted.push({ method, path, fault: then, meet: () => met.open() });
      return { met: met.passed, release: () => released.open() };
    },
    reset: () => {
      for (const outgoing of open) outgoing.destroy();
    },
  };
}

type Ask = () => Promise<IncomingMessage>;

async function answerWith(fault: Fault, ask: Ask, outgoing: ServerResponse, meet?: () => void): Promise<void> {
  const asked = async () => {
    const answer = await ask();
    meet?.();
    return answer;
  };
  if (typeof fault === "object") {
    const answer = await asked();
    await fault.until;
    return pass(answer, outgoing);
  }
  switch (fault) {
    case "none":
      return pass(await asked(), outgoing);
    case "lose_request":
      meet?.();
      outgoing.destroy();
      return;
    case "lose_answer":
      (await asked()).destroy();
      outgoing.destroy();
      return;
    case "twice_first": {
      const first = await whole(await ask());
      (await asked()).destroy();
      return pass(first.answer, outgoing, first.body);
    }
    case "twice_second":
      (await ask()).destroy();
      return pass(await asked(), outgoing);
    case "swallow_request":
      return meet?.();
    case "swallow_answer":
      (await asked()).destroy();
      return;
    case "bad_gateway":
      meet?.();
      return html(outgoing, 502, "Bad Gateway");
    case "unavailable":
      meet?.();
      return html(outgoing, 503, "Service Unavailable");
    case "captive_portal":
      meet?.();
      return html(outgoing, 401, "Please log in to the hotel's network");
    case "cut":
      return cut(await asked(), outgoing);
  }
}

function exchange(
  port: number,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = send({ host: "127.0.0.1", port, method, path: url, headers, agent: false }, resolve);
    request.on("error", reject);
    // The server hears of a page that has gone: its streams end.
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) request.destroy();
    });
    request.end(body);
  });
}

/** A stream has no end to wait for: of it, there is what came with the head. */
async function whole(answer: IncomingMessage): Promise<{ answer: IncomingMessage; body: Buffer | null }> {
  if (isStream(answer)) return { answer, body: null };
  return { answer, body: await buffer(answer) };
}

function pass(answer: IncomingMessage, outgoing: ServerResponse, body: Buffer | null = null): void {
  outgoing.writeHead(answer.statusCode ?? 0, withoutConnection(answer.headers));
  if (body !== null) {
    outgoing.end(body);
    return;
  }
  // The head of a stream goes at once, as a page waits for it.
  outgoing.flushHeaders();
  answer.pipe(outgoing);
  answer.on("error", () => outgoing.destroy());
}

async function cut(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(answer.statusCode ?? 0, withoutConnection(answer.headers));
  outgoing.flushHeaders();
  const [piece] = (await Promise.race([once(answer, "data"), once(answer, "end")])) as [Buffer | undefined];
  answer.destroy();
  // What was written is on its way before the connection ends.
  outgoing.write(piece?.subarray(0, piece.length >> 1) ?? "", () => outgoing.destroy());
}

function html(outgoing: ServerResponse, status: number, sentence: string): void {
  outgoing.writeHead(status, { "Content-Type": "text/html" });
  outgoing.end(`<!doctype html><title>${sentence}</title><h1>${sentence}</h1>`);
}

function isStream(answer: IncomingMessage): boolean {
  return answer.headers["content-type"]?.startsWith("text/event-stream") ?? false;
}

function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _connection, "keep-alive": _keepAlive, ...others } = headers;
  return others;
}
