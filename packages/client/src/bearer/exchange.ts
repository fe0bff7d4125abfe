import { ERRORS } from "@counterfoil/protocol";
import type { ErrorCode } from "@counterfoil/protocol";
import { ClientError } from "../server/client-error.ts";
import { parsed, retryAfterOf } from "../server/server.ts";
import { stopwatch } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { Fetch } from "./options.ts";

/**
 * An attempt is given up after half of the server's reuse interval (design: "Redeem"): what reaches the ledger within it
 * of its sending, is never taken for a thief's.
 */
export const ATTEMPT_MS = 15_000;

/** What the server has answered, as far as it is in its own form. */
export interface Answer {
  readonly status: number;
  /** `{}` where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of its errors; `null` for what is none of them, such as a proxy's. */
  readonly code: ErrorCode | null;
  readonly retryAfterSeconds: number | null;
  /** The milliseconds since the request was sent. */
  readonly age: () => number;
}

export interface Question {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** In `Authorization`. */
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request to the server, and its answer, or none within {@link ATTEMPT_MS}. */
export class Exchange {
  readonly #fetch: Fetch;
  readonly #clock: Clock;

  constructor(fetch: Fetch, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * @param disposed gives it up
   * @throws ClientError if no answer came in time; what `disposed` was aborted with
   */
  async ask(question: Question, disposed: AbortSignal): Promise<Answer> {
    disposed.throwIfAborted();
    const age = stopwatch(this.#clock);
    const limit = new AbortController();
    const giveUp = () => limit.abort(unavailable(`${question.url} gave no answer in time.`));
    const dispose = () => limit.abort(disposed.reason);
    const callOff = this.#clock.after(ATTEMPT_MS, giveUp);
    disposed.addEventListener("abort", dispose);
    try {
      const answer = await untilAborted(limit.signal, this.#send(question, limit.signal));
      // While the machine slept the timer slept too.
      if (age() > ATTEMPT_MS) throw unavailable(`${question.url} gave no answer in time.`);
      return { ...answer, age };
    } catch (cause) {
      limit.signal.throwIfAborted();
      if (cause instanceof ClientError) throw cause;
      throw unavailable(`${question.url} cannot be reached${codeOf(cause)}.`, null, cause);
    } finally {
      callOff();
      disposed.removeEventListener("abort", dispose);
    }
  }

  async #send({ method, url, token, body, headers }: Question, signal: AbortSignal): Promise<Omit<Answer, "age">> {
    const request = new Request(url, {
      method,
      headers: {
        Accept: "application/json",
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // What answers elsewhere is not this server, and gets no token and no password.
      redirect: "manual",
      cache: "no-store",
      signal,
    });
    const response = await this.#fetch(request);
    const read = parsed(await response.text());
    return {
      status: response.status,
      body: read,
      code: codeIn(response.status, read),
      retryAfterSeconds: retryAfterOf(response),
    };
  }
}

/** A code counts with its own status alone: whatever else has such a member is not our server. */
function codeIn(status: number, { code }: Readonly<Record<string, unknown>>): ErrorCode | null {
  if (typeof code !== "string" || !Object.hasOwn(ERRORS, code)) return null;
  return ERRORS[code as ErrorCode].status === status ? (code as ErrorCode) : null;
}

/** The server is out of reach, or what answers is not it. */
export function unavailable(error: string, retryAfterSeconds: number | null = null, cause?: unknown): ClientError {
  return new ClientError({ ok: false, code: "unavailable", error, retryAfterSeconds }, cause);
}

/** Such as ` (ECONNREFUSED)`. Of the platform's own words nothing else is repeated: they may quote the request. */
function codeOf(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as { readonly code?: unknown };
    if (typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code)) return ` (${code})`;
  }
  return "";
}

/** The work, or the signal's reason as soon as it is aborted: not every platform's `fetch` heeds it. */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
