import { ERRORS, oauthDescription, oauthError } from "@counterfoil/protocol";
import type { ErrorBody, ErrorCode, OauthErrorBody } from "@counterfoil/protocol";
import type { Call } from "./call.ts";
import { JSON_TYPE, SECURITY_HEADERS } from "./security-headers.ts";

/** Names and values of an answer's headers; several cookies are never set at once. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** A JSON answer. All of them may hold something of one user's, so none is stored (ASVS V14.3.2). */
export function json(call: Call, status: number, body: unknown, headers?: AnswerHeaders): Response {
  return jsonText(call, status, JSON.stringify(body), headers);
}

/** The same, of what is JSON already. */
export function jsonText(
  call: Call,
  status: number,
  text: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers?: AnswerHeaders,
): Response {
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

/** An error in its one form; under `/oauth/` in that of RFC 6749 §5.2. */
export function errorAnswer(call: Call, code: ErrorCode, sentence?: string, headers?: AnswerHeaders): Response {
  const { status, body } = errorIn(call, code, sentence ?? ERRORS[code].sentence);
  return json(call, status, body, {
    ...(status === 503 ? { "Retry-After": "1" } : undefined),
    ...headers,
  });
}

function errorIn(
  call: Call,
  code: ErrorCode,
  sentence: string,
): { readonly status: number; readonly body: ErrorBody | OauthErrorBody } {
  if (!call.route.startsWith("/oauth/")) return { status: ERRORS[code].status, body: { error: sentence, code } };
  const { error, status } = oauthError(code);
  return { status, body: { error, error_description: oauthDescription(sentence) } };
}
