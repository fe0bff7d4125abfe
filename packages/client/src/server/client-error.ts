import type { ErrorCode } from "@counterfoil/protocol";
import type { Refused } from "../outcome/outcome.ts";

/** The server was out of reach, or what answered was not it, or it has a fault: nothing is known, and nobody is signed out by it. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | null;

  constructor({ code, error, retryAfterSeconds }: Refused, cause?: unknown) {
    super(error, { cause });
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
