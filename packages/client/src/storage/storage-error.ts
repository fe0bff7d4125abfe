export type StorageFailure =
  /** Others on this machine can read what is there, or could have. */
  | "exposed"
  /** What is there is nothing that this client has written, or no longer as it was written. */
  | "corrupt"
  /** What is there is another server's session, or of a newer version. */
  | "foreign"
  /** The place cannot keep it: no disk, no space, no permission. `cause` has the platform's error. */
  | "failed";

/** The session cannot be kept or read: nobody was signed out by it, and nothing was overwritten. It names no token. */
export class StorageError extends Error {
  readonly code: StorageFailure;

  constructor(code: StorageFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageError";
    this.code = code;
  }
}
