import type { EventContext, Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";

/** One request on its way through the server. */
export interface Call {
  readonly request: Request;
  readonly method: string;
  /** The route's path as it is written, below the issuer's: never what was asked for, which may hold anything. */
  readonly route: string;
  readonly context: EventContext;
  /** What the answer carries whatever it says: CORS. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  /** Cuts the connection off, where the request came with a way to. */
  readonly reset?: (() => void) | undefined;
}

/** Request ids: unique by the process's random part, cheap by the counter. They are names, not secrets. */
export function requestIds(random: Random): () => string {
  const prefix = encodeBase64Url(random.bytes(6));
  let count = 0;
  return () => `req_${prefix}${(count++).toString(36).padStart(4, "0")}`;
}

const USER_AGENT_LENGTH = 256;

export function eventContext(requestId: string, request: Request, remoteAddress: string | null): EventContext {
  // A header may hold U+0080 to U+009F, which a terminal obeys when somebody reads the log (ASVS V16.4.1).
  const userAgent = request.headers
    .get("user-agent")
    ?.slice(0, USER_AGENT_LENGTH)
    .replace(/\p{Cc}/gu, "\uFFFD");
  return { requestId, remoteAddress, userAgent: userAgent ?? null };
}
