/** The server is out of reach, or is not itself. Nobody was signed out by it: the same call may be made again. */
export class UnavailableError extends Error {
  readonly code = "unavailable";
  /** When to try again, in seconds, where the server has said it. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, retryAfterSeconds: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnavailableError";
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
