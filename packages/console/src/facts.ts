/** What the server writes into the document. */
export interface Facts {
  readonly registration: boolean;
  readonly ownPasswords: boolean;
  /** The fewest characters of a new password. */
  readonly passwordMinLength: number;
  /** The demonstration's sample API; null where this is no demonstration. */
  readonly apiUrl: string | null;
  /** Which pages are here: where administrators come in by a door of their own, theirs are there and nowhere else. */
  readonly part: "whole" | "administrators" | "others";
}

export const FACTS: Facts = {
  registration: false,
  ownPasswords: true,
  passwordMinLength: 15,
  apiUrl: null,
  part: "whole",
  ...(JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="counterfoil"]')?.content ?? "{}") as object),
};
