import { IssuerError } from "../fetch/issuer-error.ts";

/** @param what is wrong with it, as the end of a sentence */
export function malformed(what: string, options?: ErrorOptions): IssuerError {
  return new IssuerError("malformed", `The feed is not in its form: ${what}.`, options);
}
