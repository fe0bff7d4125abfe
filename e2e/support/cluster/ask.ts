import { Agent, request as send } from "node:http";
import type { Target } from "../http.ts";
import { cookieName } from "../http.ts";

/** Half of the reuse interval: a client gives an attempt up after that (design: "Redeem"). */
export const ATTEMPT_MS = 15_000;

export interface Asked {
  /** `null` where there was no answer: the connection broke, or it took too long. */
  readonly status: number | null;
  readonly retryAfter: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds on this process's monotonic clock. */
  readonly sentAt: number;
}

export interface Presented {
  readonly token?: string;
  readonly cookie?: string;
  readonly key?: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

/** One attempt, whose answer may be anything: under faults, a broken connection is an answer too. */
export function ask(target: Target, method: string, path: string, presented: Presented): Promise<Asked> {
  const { token, cookie, key } = presented;
  const { host, origin } = new URL(target.issuer);
  const sentAt = performance.now();
  return new Promise((resolve) => {
    const none = () => resolve({ status: null, retryAfter: undefined, body: {}, sentAt });
    const request = send(
      {
        host: "127.0.0.1",
        port: target.port,
        method,
        path,
        agent,
        signal: AbortSignal.timeout(ATTEMPT_MS),
        headers: {
          Host: host,
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...(cookie !== undefined && { Cookie: `${cookieName(target)}=${cookie}`, Origin: origin }),
          ...(key !== undefined && { "Idempotency-Key": key }),
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", none);
        response.on("end", () => {
          const { "retry-after": retryAfter } = response.headers;
          const body = parse(text);
          target.journal.note(body);
          resolve({ status: response.statusCode ?? null, retryAfter, body, sentAt });
        });
      },
    );
    request.on("error", none);
    request.end();
  });
}

/** A balancer may cut an answer off. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return text === "" ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
  } catch {
    return { text };
  }
}
