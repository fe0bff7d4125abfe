/** A table; what is in a cell stays in it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function codes(texts: readonly string[]): string {
  return texts.map(code).join(", ");
}

export function bullets(items: readonly (string | false)[]): string {
  return items
    .filter((item) => item !== false)
    .map((item) => `- ${item}`)
    .join("\n");
}

/** A page of parts, each a paragraph, a table or a heading. */
export function page(title: string, ...parts: readonly string[]): string {
  const made = "<!-- Made from the sources by `npm run reference`: change those. -->";
  return `${[`# ${title}`, made, ...parts].join("\n\n")}\n`;
}

/** A sentence of ours as it begins a cell. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
