/**
 * Sends one request again and again over raw sockets: `node:http`'s client costs more than the server that is
 * measured. One request at a time on each connection, as browsers do it.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { constants, setPriority } from "node:os";
import { answerQuestions } from "../process.ts";

export interface Load {
  readonly port: number;
  /**
   * The whole request, as it goes over the wire. Where it says {@link COUNT} or {@link ADDRESS}, there is another one
   * each time.
   */
  readonly request: string;
  /** Where the request says {@link VALUE}, one after the other of these, again and again. */
  readonly values?: readonly string[];
  readonly connections: number;
  /** Behind all that is measured in the line for the processor: a flood comes from other machines. */
  readonly yielding?: boolean;
  readonly milliseconds: number;
  /** No more than so many; as many as are answered where it is left out. */
  readonly perSecond?: number;
}

/** As long as what is put in its place: `Content-Length` stays right. */
export const COUNT = "{number}";
export const ADDRESS = "{address}";
export const VALUE = "{value}";

export interface LoadResult {
  readonly answered: number;
  /** How many of each status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
}

answerQuestions({}, (question) => run(question as Load));

async function run({
  port,
  request,
  values,
  connections,
  milliseconds,
  perSecond,
  yielding = false,
}: Load): Promise<LoadResult> {
  if (yielding) setPriority(constants.priority.PRIORITY_LOW);
  const statuses: Record<string, number> = {};
  const next = values === undefined ? requests(request) : inTurn(request, values);
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const start = performance.now();
  const end = start + milliseconds;
  const everyMs = perSecond === undefined ? 0 : (connections * 1000) / perSecond;
  await Promise.all(sockets.map((socket) => keepAsking(socket, next, statuses, end, everyMs)));
  const seconds = (performance.now() - start) / 1000;
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  return { answered, statuses, seconds };
}

/** How many connections have begun. */
let sent = 0;

function requests(request: string): () => Buffer {
  const same = Buffer.from(request, "latin1");
  if (!request.includes(COUNT)) return () => same;
  let count = 0;
  return () => {
    const address = `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
    const number = String(count++).padStart(COUNT.length, "0");
    return Buffer.from(request.replace(COUNT, number).replace(ADDRESS, address), "latin1");
  };
}

function inTurn(request: string, values: readonly string[]): () => Buffer {
  const texts = values.map((value) => Buffer.from(request.replace(VALUE, value), "latin1"));
  let count = 0;
  return () => texts[count++ % texts.length]!;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

function keepAsking(
  socket: Socket,
  next: () => Buffer,
  statuses: Record<string, number>,
  end: number,
  everyMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let pending: Buffer | null = null;
    // Each at its own moment, so that they do not all ask at once.
    let due = performance.now() + (sent++ % 32) * (everyMs / 32);
    socket.removeAllListeners("error").once("error", reject);
    socket.once("close", () => resolve());
    socket.on("data", (chunk) => {
      const received: Buffer = pending === null ? chunk : Buffer.concat([pending, chunk]);
      const length = answerLength(received);
      if (length === null || received.length < length) {
        pending = received;
        return;
      }
      pending = null;
      const status = received.toString("latin1", 9, 12);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (performance.now() < end) ask();
      else socket.end();
    });
    const ask = () => {
      due += everyMs;
      const wait = due - performance.now();
      if (wait < 1) socket.write(next());
      else setTimeout(() => socket.write(next()), wait);
    };
    ask();
  });
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** How many bytes the answer at the start has; `null` while its head is not whole. */
function answerLength(received: Buffer): number | null {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const declared = /\r\ncontent-length: (\d+)/i.exec(received.toString("latin1", 0, headEnd))?.[1];
  if (declared === undefined) throw new Error("an answer without Content-Length cannot be counted here");
  return headEnd + HEAD_END.length + Number(declared);
}
