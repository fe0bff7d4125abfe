import type { Report } from "../run/run.ts";

/** Something that is tried on the running server. */
export interface Attack {
  /** Names its run. */
  readonly id: string;
  readonly title: string;
  /** What its button says. */
  readonly button: string;
  /** What it does, before it is pressed. */
  readonly about: string;
  /** The line of defence that it meets: the rule in plain words. */
  readonly defence: string;
  run(report: Report): Promise<void>;
}
