import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MINTED_AT } from "./mint.ts";

export const CREDENTIAL = `cfv_${"A".repeat(48)}`;
const PATH = "/auth";

type Members = Readonly<Record<string, unknown>>;

/** One stream that a verifier has opened. What is not given is what an honest server says. */
export class Stream {
  readonly #server: FeedServer;
  readonly #response: ServerResponse;
  readonly lastEventId: string | undefined;

  constructor(server: FeedServer, request: IncomingMessage, response: ServerResponse) {
    this.#server = server;
    this.#response = response;
    this.lastEventId = request.headers["last-event-id"] as string | undefined;
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.flushHeaders();
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  send(text: string): void {
    if (this.isOpen) this.#response.write(text);
  }

  opening(changes: Members = {}): void {
    this.send(`event: feed\ndata: ${JSON.stringify({ ...this.#server.opening(this.lastEventId), ...changes })}\n\n`);
  }

  entries(entries: readonly unknown[]): void {
    this.send(`event: revocations\ndata: ${JSON.stringify(entries)}\n\n`);
  }

  receipt(changes: Members = {}, id = this.#server.cursor): void {
    this.send(`id: ${id}\nevent: receipt\ndata: ${JSON.stringify({ ...this.#server.receiptNow(), ...changes })}\n\n`);
  }

  /** What an honest server says first. */
  greet(): void {
    this.opening();
    this.entries(this.#server.since(this.lastEventId));
    this.receipt();
  }

  cut(): void {
    this.#response.destroy();
  }

  end(reason: string): void {
    this.send(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
    this.#response.end();
  }
}

/** Speaks the feed's wire by hand, over a real socket: well, unless a test says otherwise. */
export class FeedServer implements AsyncDisposable {
  timeline = "t1";
  log: unknown[] = [];
  readonly streams: Stream[] = [];
  readonly asked: { readonly path: string; readonly accept: string; readonly headers: IncomingMessage["headers"] }[] =
    [];
  jwks: unknown[] = [];
  onStream: (stream: Stream) => void = (stream) => stream.greet();
  /** Looks at every request first; `true` if it has answered. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** The changes to the next JSON answers. */
  answerChanges: Members = {};
  readonly #clock: { monotonic(): number };
  readonly #startedAt: number;
  readonly #http: Server;

  private constructor(clock: { monotonic(): number }) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#http = createServer((request, response) => this.#answer(request, response));
  }

  static async start(clock: { monotonic(): number }): Promise<FeedServer> {
    const server = new FeedServer(clock);
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}${PATH}`;
  }

  get cursor(): string {
    return `${this.timeline}.${this.log.length}`;
  }

  get open(): readonly Stream[] {
    return this.streams.filter((stream) => stream.isOpen);
  }

  count(path: string, accept = ""): number {
    return this.asked.filter((each) => each.path.startsWith(PATH + path) && each.accept.includes(accept)).length;
  }

  opening(from: string | undefined): Members {
    const complete = !this.#resumes(from);
    return { version: 1, issuer: this.issuer, timeline: this.timeline, complete };
  }

  since(from: string | undefined): readonly unknown[] {
    return this.#resumes(from) ? this.log.slice(Number(from!.split(".")[1])) : this.log;
  }

  /** Its monotonic clock has another start than the verifier's. */
  receiptNow(): { ledger_time: number; read_at: number } {
    const now = this.#clock.monotonic();
    return { ledger_time: (MINTED_AT + 1) * 1000 + (now - this.#startedAt), read_at: now + 1_000_000 };
  }

  /** Adds to the log, and tells every stream. */
  tell(...entries: unknown[]): void {
    this.log.push(...entries);
    for (const stream of this.open) {
      stream.entries(entries);
      stream.receipt();
    }
  }

  /** A read that saw nothing new. */
  receipt(): void {
    for (const stream of this.open) stream.receipt();
  }

  cutAll(): void {
    for (const stream of this.open) stream.cut();
  }

  /** Lets every request of that form wait. @returns answers them, one each */
  hold(accept: string): (() => void)[] {
    const held: (() => void)[] = [];
    this.intercept = (request, response) => {
      if (request.headers.accept !== accept) return false;
      held.push(() => this.#answerWell(request, response));
      return true;
    };
    return held;
  }

  /** Lets no request wait, fail or be answered by a test any more. */
  release(): void {
    this.intercept = () => false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #resumes(from: string | undefined): boolean {
    return from?.startsWith(`${this.timeline}.`) === true;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { accept = "" } = request.headers;
    this.asked.push({ path: request.url!, accept, headers: request.headers });
    if (!this.intercept(request, response)) this.#answerWell(request, response);
  }

  #answerWell(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.issuer);
    if (url.pathname === `${PATH}/.well-known/jwks.json`) return sendJson(response, { keys: this.jwks });
    if (url.pathname !== `${PATH}/revocations`) return sendJson(response, {}, 404);
    if (request.headers.authorization !== `Bearer ${CREDENTIAL}`) return sendJson(response, {}, 401);
    if (request.headers.accept === "text/event-stream") {
      const stream = new Stream(this, request, response);
      this.streams.push(stream);
      return this.onStream(stream);
    }
    const since = url.searchParams.get("since") ?? undefined;
    const entries = this.since(since);
    const answer = { ...this.opening(since), ...this.receiptNow(), cursor: this.cursor, entries };
    sendJson(response, { ...answer, ...this.answerChanges });
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
