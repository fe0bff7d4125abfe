const FORM = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** An instant, as people here write it. */
export function instantText(seconds: number): string {
  return FORM.format(seconds * 1000);
}

/** @param at seconds since the epoch; `null` is said in words */
export function Instant({ at, none = "never" }: { readonly at: number | null; readonly none?: string }) {
  return <span className="instant">{at === null ? none : instantText(at)}</span>;
}
