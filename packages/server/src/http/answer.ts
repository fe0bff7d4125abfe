import { ERRORS } from "@counterfoil/protocol";
import type { ErrorBody, ErrorCode } from "@counterfoil/protocol";
import type { Call } from "./call.ts";
import { JSON_TYPE, SECURITY_HEADERS } from "./security-headers.ts";

/** Names and values of an answer's headers; several cookies are never set at once. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** A JSON answer. All of them may hold something of one user's, so none is stored (ASVS V14.3.2). */
export function json(call: Call, status: number, body: unknown, headers?: AnswerHeaders): Response {
  return jsonText(call, status, JSON.stringify(body), headers);
}

/** The same, of what is JSON already. */
export function jsonText(call: Call, status: number, text: string, headers?: AnswerHeaders): Response {
  return new Response(text, {
    status,
    headers: {
      ...SECURITY_HEADERS,
      "Content-Type": JSON_TYPE,
      "Request-Id": call.context.requestId,
      ...call.answerHeaders,
      ...headers,
    },
  });
}

export function noContent(call: Call, headers?: AnswerHeaders): Response {
  return new Response(null, {
    status: 204,
    headers: { ...SECURITY_HEADERS, "Request-Id": call.context.requestId, ...call.answerHeaders, ...headers },
  });
}

/** An error in its one form (design: "HTTP"). */
export function errorAnswer(call: Call, code: ErrorCode, sentence?: string, headers?: AnswerHeaders): Response {
  const { status } = ERRORS[code];
  const body: ErrorBody = { error: sentence ?? ERRORS[code].sentence, code };
  return json(call, status, body, {
    ...(status === 503 ? { "Retry-After": "1" } : undefined),
    ...headers,
  });
}
