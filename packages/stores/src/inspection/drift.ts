/** Where a schema is not what the migrations make. What is extra does no harm by itself. */
export interface Drift {
  readonly kind: "missing" | "changed" | "extra";
  /** Such as `table sessions`, `column sessions.due_at`, `index events_by_time`. */
  readonly what: string;
  /** How a changed one should be defined, and how it is. */
  readonly expected?: string;
  readonly found?: string;
}

/** What two lists of definitions, each by its name, have different. */
export function driftOfDefinitions(
  found: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): readonly Drift[] {
  return eitherOf(found, expected).flatMap((what): readonly Drift[] => {
    if (found[what] === undefined) return [{ kind: "missing", what }];
    if (expected[what] === undefined) return [{ kind: "extra", what }];
    if (found[what] === expected[what]) return [];
    return [{ kind: "changed", what, expected: expected[what], found: found[what] }];
  });
}

/** Each name that either has. */
export function eitherOf(found: object, expected: object): readonly string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])];
}

/** Whether rows cannot be asked for as they should be there. */
export function lacksRows(drift: readonly Drift[]): boolean {
  return drift.some(({ kind, what }) => kind === "missing" && /^(?:table|column) /.test(what));
}
