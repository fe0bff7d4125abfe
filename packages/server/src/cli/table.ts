/** Rows below their headings, in columns as wide as what is in them. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Prints what a command has to say: one line of JSON, or lines for people. */
export function print(flags: Readonly<Record<string, unknown>>, value: object, lines: () => readonly string[]): void {
  process.stdout.write(`${flags["json"] === true ? JSON.stringify(value) : lines().join("\n")}\n`);
}

/** An instant for people: UTC, to the minute. */
export function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
