const FORM = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "numeric" });

/** @param seconds since the epoch, of what the server tells to the hour */
export function hourText(seconds: number): string {
  return FORM.format(seconds * 1000);
}
