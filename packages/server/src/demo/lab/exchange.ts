import { request as send } from "node:http";
import type { IncomingMessage } from "node:http";
import { systemClock } from "@counterfoil/core";

/** A header as it stands on the wire. */
export type RawHeader = readonly [name: string, value: string];

/** What is to be sent. */
export interface ExchangeWish {
  readonly method: string;
  /** Begins with a slash. */
  readonly path: string;
  readonly headers?: readonly RawHeader[] | undefined;
  readonly body?: string | undefined;
  /** Hangs up as soon as it is sent, so that the answer is lost. */
  readonly lose_answer?: boolean | undefined;
}

/** One request and its answer, all of it. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: readonly RawHeader[];
    readonly body: string;
  };
  /** `null` where none came: it was lost, or took too long. */
  readonly answer: {
    readonly status: number;
    readonly headers: readonly RawHeader[];
    readonly body: string;
  } | null;
  /** From the first byte sent to the last one received. */
  readonly duration_ms: number;
}

/** For the whole exchange; what has come of a body by then is the body. */
const PATIENCE_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Sends one request over a connection of its own, as a client without a browser does: no header is added but those that
 * HTTP asks for, and none is changed.
 *
 * @param base where to: an origin of this machine's
 * @throws TypeError for a header that cannot be one
 */
export async function exchange(base: string, wish: ExchangeWish): Promise<Exchange> {
  const { method, path, body = "", lose_answer: loseAnswer = false } = wish;
  const { hostname, port, host } = new URL(base);
  const headers = completed(wish.headers ?? [], host, method, body);
  const startedAt = systemClock.monotonic();
  // Outside of the promise: for a header that cannot be one it throws.
  const sent = send({ hostname, port, method, path, headers: headers.flat(), agent: false });
  return new Promise((resolve) => {
    let soFar: () => Exchange["answer"] = nothing;
    const end = (answer: Exchange["answer"]) => {
      clearTimeout(late);
      sent.destroy();
      resolve({
        request: { method, url: base + path, headers, body },
        answer,
        duration_ms: Math.round((systemClock.monotonic() - startedAt) * 10) / 10,
      });
    };
    const late = setTimeout(() => end(soFar()), PATIENCE_MS);
    sent.on("error", () => end(soFar()));
    sent.on("response", (response) => {
      soFar = collect(response, end);
    });
    sent.end(body, () => {
      if (loseAnswer) end(null);
    });
  });
}

const nothing = () => null;

/** Reads an answer. The function that it returns gives what has come so far. */
function collect(response: IncomingMessage, end: (answer: Exchange["answer"]) => void): () => Exchange["answer"] {
  const chunks: Buffer[] = [];
  let length = 0;
  const so = () => ({
    status: response.statusCode ?? 0,
    headers: pairs(response.rawHeaders),
    body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString(),
  });
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_ANSWER_BYTES) end(so());
  });
  response.on("end", () => end(so()));
  // It was hung up on: no more will come.
  response.on("close", () => end(so()));
  return so;
}

function pairs(raw: readonly string[]): RawHeader[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1]!] as const] : []));
}

/** Adds what HTTP/1.1 cannot do without (RFC 9112 §3.2, §6.2), where the wish has none of its own. */
function completed(given: readonly RawHeader[], host: string, method: string, body: string): RawHeader[] {
  const has = (name: string) => given.some(([each]) => each.toLowerCase() === name);
  const hasBody = body !== "" || !["GET", "HEAD", "OPTIONS"].includes(method);
  return [
    ...(has("host") ? [] : [["Host", host] as const]),
    ...given,
    ...(hasBody && !has("content-length") ? [["Content-Length", String(Buffer.byteLength(body))] as const] : []),
    ...(has("connection") ? [] : [["Connection", "close"] as const]),
  ];
}
