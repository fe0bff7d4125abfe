/** The sections of the page, by their names in the address. */
export const SECTIONS = {
  overview: "Overview",
  users: "Users",
  sessions: "Sessions",
  keys: "Keys",
  events: "Events",
  verifiers: "Verifiers",
} as const;

export type SectionName = keyof typeof SECTIONS;

export interface Place {
  readonly name: SectionName;
  /** What the section is to show, as far as it was said. */
  readonly given: URLSearchParams;
}

const isSection = (name: string): name is SectionName => Object.hasOwn(SECTIONS, name);

/** @param hash such as `#events?explain=ses_…`; the overview where it names no section */
export function sectionAt(hash: string): Place {
  const [name = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  return { name: isSection(name) ? name : "overview", given: new URLSearchParams(query) };
}

/** An address within this page. */
export function linkTo(name: SectionName, given: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(given).toString();
  return `#${name}${query === "" ? "" : `?${query}`}`;
}
