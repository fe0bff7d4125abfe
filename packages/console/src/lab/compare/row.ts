import type { Report } from "../run/run.ts";

export type Column = "session" | "jwt" | "ours";

export const COLUMNS: readonly { readonly id: Column; readonly title: string }[] = [
  { id: "session", title: "Session" },
  { id: "jwt", title: "JWT" },
  { id: "ours", title: "Counterfoil" },
];

/** A row of the lesson's table, and how it is measured here. */
export interface Row {
  readonly id: string;
  /** As the lesson has it. */
  readonly name: string;
  /** The lesson's two words, and ours. */
  readonly words: Readonly<Record<Column, string>>;
  /** What its button says. */
  readonly button: string;
  /** What is measured. */
  readonly about: string;
  run(report: Report): Promise<void>;
}
