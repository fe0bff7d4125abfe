import type { ErrorCode } from "@counterfoil/protocol";
import type { Outcome, Refused } from "../outcome/outcome.ts";
import { ClientError } from "./client-error.ts";

/** What the server answered. */
export interface Answer {
  readonly status: number;
  /** The JSON object of the answer; empty where it has none, as that of a proxy in between. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The connection broke within the body: what the head did, as setting the cookie, is done. */
  readonly isCut: boolean;
  readonly retryAfterSeconds: number | null;
}

export interface Asked {
  readonly method?: "GET" | "DELETE";
  readonly body?: object | undefined;
  readonly signal?: AbortSignal;
}

/** Whoever has not answered by then is as good as out of reach: the same may be asked again. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the server, with the cookie.
 *
 * @throws ClientError if there was no answer; the reason of `signal`, if it was aborted
 */
export async function ask(url: string, { method, body, signal }: Asked = {}): Promise<Answer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: method ?? "POST",
      credentials: "include",
      // A redirect is none of the server's: it is a proxy's way to its own sign-in page.
      redirect: "error",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await textOf(response, signal);
    return {
      status: response.status,
      body: parsed(text ?? ""),
      isCut: text === null,
      retryAfterSeconds: retryAfterOf(response),
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw new ClientError(UNREACHABLE, error);
  }
}

/** In seconds; a date is not counted with, since the clock may be wrong. */
export function retryAfterOf({ headers }: Response): number | null {
  return Number(headers.get("retry-after")) || null;
}

/** What an answer means to whoever asked for something: done, or refused in the server's words. */
export function outcomeOf({ status, body, retryAfterSeconds }: Answer): Outcome {
  // A page of a proxy's comes with 200, too.
  if (status === 204 || (status < 300 && Object.keys(body).length > 0)) return { ok: true };
  const { code, error } = body;
  // What has no code of ours comes from something in between.
  if (typeof code !== "string" || typeof error !== "string") return { ...UNREACHABLE, retryAfterSeconds };
  return { ok: false, code: code as ErrorCode, error, retryAfterSeconds };
}

/** Never a throw for a server that is out of reach. */
export async function outcome<T>(asking: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await asking();
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { ok: false, code: error.code, error: error.message, retryAfterSeconds: error.retryAfterSeconds };
  }
}

/** The refusals by which the server says that there is no session, or none any more. Nothing else signs anybody out. */
export function saysNoSession(code: unknown): boolean {
  return code === "invalid_grant" || code === "not_authenticated" || code === "invalid_session";
}

/** What is wrong with an answer that is neither a yes nor the server's no. */
export function fault(answer: Answer): ClientError {
  const refused = outcomeOf(answer);
  return new ClientError(refused.ok ? UNREACHABLE : refused);
}

export const UNREACHABLE: Refused = {
  ok: false,
  code: "unavailable",
  error: "The server is out of reach, or has a fault. Try again in a moment.",
  retryAfterSeconds: null,
};

/** `null` where the connection broke. */
async function textOf(response: Response, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    return await response.text();
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

/** The JSON object that a text is; an empty one for whatever is none. */
export function parsed(text: string): Answer["body"] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Answer["body"]) : {};
  } catch {
    return {};
  }
}
