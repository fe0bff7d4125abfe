export interface SampleUser {
  readonly username: string;
  readonly password: string;
  readonly roles: readonly string[];
}

/** What the server writes into the document. */
export interface Facts {
  readonly registration: boolean;
  readonly ownPasswords: boolean;
  /** The fewest characters of a new password. */
  readonly passwordMinLength: number;
  /** The demonstration's sample API; null where this is no demonstration. */
  readonly apiUrl: string | null;
  /** Its users, for whoever tries it; nobody anywhere else. */
  readonly sampleUsers: readonly SampleUser[];
  /** Which pages are here: where administrators come in by a door of their own, theirs are there and nowhere else. */
  readonly part: "whole" | "administrators" | "others";
}

export const FACTS: Facts = {
  registration: false,
  ownPasswords: true,
  passwordMinLength: 15,
  apiUrl: null,
  sampleUsers: [],
  part: "whole",
  ...(JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="counterfoil"]')?.content ?? "{}") as object),
};
