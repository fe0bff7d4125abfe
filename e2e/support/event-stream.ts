import { request as send } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import type { Target } from "./http.ts";

export interface StreamedEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** A stream of server-sent events, as it is read. */
export interface EventStream extends AsyncDisposable {
  readonly response: IncomingMessage;
  /** All that has come so far. */
  text(): string;
  /** The events that have come so far, parsed. */
  events(): readonly StreamedEvent[];
  /** When the server has ended it. */
  readonly ended: Promise<void>;
}

export async function openStream(
  target: Target,
  path: string,
  token: string | null,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const { host } = new URL(target.issuer);
  const request = send({
    host: "127.0.0.1",
    port: target.port,
    path,
    agent: false,
    headers: {
      Host: host,
      Accept: "text/event-stream",
      ...(token !== null && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const ended = new Promise<void>((resolve) => response.on("end", resolve));
  const closed = new Promise<void>((resolve) => response.on("close", resolve));
  // To be cut off is what some tests do.
  for (const either of [request, response]) either.on("error", () => undefined);
  return {
    response,
    text: () => text,
    events: () => parse(text),
    ended,
    async [Symbol.asyncDispose]() {
      request.destroy();
      await closed;
    },
  };
}

function parse(text: string): StreamedEvent[] {
  return parseEvents(text).map(({ id, type, data }) => ({
    id: Number(id),
    type,
    data: JSON.parse(data) as StreamedEvent["data"],
  }));
}

/** The events of a stream's text, as far as they are whole. */
export function parseEvents(text: string): { id: string | undefined; type: string; data: string }[] {
  const messages = text.split("\n\n").slice(0, -1);
  return messages.flatMap((message) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(message)?.[1];
    const data = field("data");
    if (data === undefined) return [];
    return { id: field("id"), type: field("event") ?? "", data };
  });
}
