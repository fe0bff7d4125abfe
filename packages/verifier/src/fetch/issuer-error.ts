/** What went wrong between us and the issuer's server. */
export type IssuerFailure =
  /** No answer came. */
  | "unreachable"
  /** None came in time, or it stopped coming. */
  | "slow"
  /** The credential is not accepted. */
  | "credential_refused"
  /** Something answered at that address, and it is not what we asked for. */
  | "not_there"
  /** The answer was an error of the server's. */
  | "failed"
  /** It was larger than any that we expect. */
  | "too_large"
  /** It is not in the form that was agreed upon. */
  | "malformed"
  /** The feed told a fact of a kind that this version does not know. */
  | "not_understood"
  | "wrong_issuer"
  | "unknown_version"
  /** The server hung up, and said why or did not. */
  | "ended"
  /** A request that was sent later has told of another history of the ledger: this one is no longer asked. */
  | "superseded"
  /** This verifier was disposed of. */
  | "disposed";

const HOPELESS: ReadonlySet<IssuerFailure> = new Set([
  "credential_refused",
  "not_there",
  "wrong_issuer",
  "unknown_version",
  "disposed",
]);

/** Why the feed or the keys could not be read. The message holds no credential. */
export class IssuerError extends Error {
  readonly failure: IssuerFailure;

  constructor(failure: IssuerFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "IssuerError";
    this.failure = failure;
  }

  /** Whether asking again cannot help until somebody changes a setting, here or there. */
  get isHopeless(): boolean {
    return HOPELESS.has(this.failure);
  }
}

export function disposed(): IssuerError {
  return new IssuerError("disposed", "This verifier was disposed of.");
}
