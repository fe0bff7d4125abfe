import type { ErrorCode } from "@counterfoil/protocol";

/**
 * The one class to catch. `code` is from the closed union in `@counterfoil/protocol`; the message is a sentence that
 * may be shown, and holds no secret.
 */
export class CounterfoilError extends Error {
  override readonly name: string = "CounterfoilError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The ledger could not do what it was asked, and did none of it (or cannot say whether it did: an answer lost on the
 * way). Always 503, never somebody's sign-out.
 */
export class StoreError extends CounterfoilError {
  override readonly name = "StoreError";

  constructor(message: string, options?: ErrorOptions) {
    super("unavailable", message, options);
  }
}

/** The configuration cannot work. It stops the start; `message` names the setting and the accepted form. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/**
 * A password that cannot be checked, right or wrong, by an omission of the operator's: what its hash takes is not here.
 * Unlike other faults it lasts, and is not the same for every user.
 */
export class PasswordUncheckable extends CounterfoilError {
  override readonly name = "PasswordUncheckable";

  constructor(message: string) {
    super("unavailable", message);
  }
}
