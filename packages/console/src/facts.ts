/** What the server writes into the document. */
export interface Facts {
  readonly registration: boolean;
  readonly ownPasswords: boolean;
  /** The demonstration's sample API; null where this is no demonstration. */
  readonly apiUrl: string | null;
}

export const FACTS: Facts = {
  registration: false,
  ownPasswords: true,
  apiUrl: null,
  ...(JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="counterfoil"]')?.content ?? "{}") as object),
};
