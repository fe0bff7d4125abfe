import { IssuerError } from "./issuer-error.ts";

/** The part of the web's `fetch` that is used here. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method: "GET" | "POST";
  readonly body?: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** Looked up at each call: a runtime, or whoever traces its requests, may replace it later. */
export const systemFetch: Fetch = (url, init) => globalThis.fetch(url, init);

/**
 * One GET of exactly `url`.
 *
 * A redirect is refused, whoever sends it: what answers there is not the issuer, and might be this machine's own network
 * (ASVS V1.3.6, V15.3.2). It is `manual` and refused here, since Cloudflare's runtime throws at `error`.
 *
 * @param type the media type that the answer must have
 * @throws IssuerError for every other answer, and for none; what `signal` was aborted with
 */
export async function get(
  fetch: Fetch,
  url: string,
  type: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const init: FetchInit = {
    method: "GET",
    headers: { Accept: type, "Cache-Control": "no-store", ...headers },
    redirect: "manual",
    signal,
  };
  let response: Response;
  try {
    response = await untilAborted(signal, fetch(url, init));
  } catch (cause) {
    signal.throwIfAborted();
    throw new IssuerError("unreachable", `${url} cannot be reached${codeOf(cause)}.`, { cause });
  }
  const refusal = refusalOf(response, url, type);
  if (refusal === null) return response;
  response.body?.cancel().catch(() => undefined);
  throw refusal;
}

function refusalOf(response: Response, url: string, type: string): IssuerError | null {
  const { status } = response;
  if (response.redirected || response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    return new IssuerError("not_there", `${url} redirects, which is not followed: is the issuer right?`);
  }
  if (status === 401 || status === 403) {
    const sentence = "`counterfoil verifiers list` shows those that there are";
    return new IssuerError("credential_refused", `${url} refuses the credential (${status}): ${sentence}.`);
  }
  if (status === 404 || status === 410) {
    return new IssuerError("not_there", `There is nothing at ${url} (${status}): is the issuer right?`);
  }
  if (status !== 200) return new IssuerError("failed", `${url} answered ${status}.`);
  const sent = response.headers.get("content-type") ?? "nothing that it names";
  if (sent.split(";")[0]!.trim().toLowerCase() !== type) {
    return new IssuerError("not_there", `${url} answered with ${sent}, not with ${type}: is the issuer right?`);
  }
  return null;
}

/** Such as ` (ECONNREFUSED)`. Of the platform's own words nothing else is repeated: they may quote the request. */
function codeOf(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code } = each as { code?: unknown };
    if (typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code)) return ` (${code})`;
  }
  return "";
}

/**
 * The chunks of a body, until it ends.
 *
 * @throws IssuerError if the connection breaks; what `signal` was aborted with, whether or not the platform heeds it
 */
export async function* chunksOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await untilAborted(signal, reader.read());
      if (done) return;
      yield value;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new IssuerError("ended", `The connection broke${codeOf(cause)}.`, { cause });
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/**
 * A whole body, never more of it than `limit` bytes.
 *
 * @throws IssuerError if it is larger, or breaks off; what `signal` was aborted with
 */
export async function readBody(response: Response, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response, signal)) {
    size += chunk.length;
    if (size > limit) throw new IssuerError("too_large", `An answer had more than ${limit} bytes.`);
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
