import type { ErrorCode } from "@counterfoil/protocol";

/** What came of a request to the server: expected refusals are values. */
export type Outcome<T = unknown> = ({ readonly ok: true } & T) | Refused;

export interface Refused {
  readonly ok: false;
  /** The server's code (`docs/reference/errors.md`); `unavailable` too where it was out of reach. */
  readonly code: ErrorCode;
  /** A sentence for people. */
  readonly error: string;
  /** When to try again, in seconds, where the server has said it. */
  readonly retryAfterSeconds: number | null;
}
