import { ERRORS } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";

/** The JSON of every error under `/oauth/` (RFC 6749 §5.2). */
export interface OauthErrorBody {
  readonly error: OauthErrorCode;
  readonly error_description: string;
}

/** Those of RFC 6749 §5.2 and §4.1.2.1, RFC 7009 §2.2.1 and RFC 8707 §2: all that a client of theirs can know. */
export type OauthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "invalid_target"
  | "unsupported_token_type"
  | "temporarily_unavailable"
  | "server_error";

const AS_IT_IS: ReadonlySet<string> = new Set([
  "invalid_grant",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
  "invalid_client",
  "unsupported_token_type",
] satisfies (OauthErrorCode & ErrorCode)[]);

/** How an error of ours is told under `/oauth/`: a 400, but where another standard has its own status (RFC 6749 §5.2). */
export function oauthError(code: ErrorCode): { readonly error: OauthErrorCode; readonly status: number } {
  const { status } = ERRORS[code];
  // RFC 6749 has no code for 429; this one says what to do, which is to wait.
  if (status === 503 || status === 429) return { error: "temporarily_unavailable", status };
  if (status === 500) return { error: "server_error", status };
  if (code === "bearer_refused") return { error: "unauthorized_client", status: 400 };
  const error = AS_IT_IS.has(code) ? (code as OauthErrorCode) : "invalid_request";
  return { error, status: status === 401 && code !== "invalid_client" ? 400 : status };
}

/** The sentence in the characters that RFC 6749 §5.2 allows: ASCII without `"` and `\`. */
export function oauthDescription(sentence: string): string {
  return sentence
    .replaceAll("…", "...")
    .replaceAll('"', "'")
    .replace(/[^\x20-\x7e]|\\/g, "?");
}
