/** What a check found. */
export interface Finding {
  /** Which check: stable, snake_case. */
  readonly check: string;
  /** A warning is for whoever decides; a problem keeps something from working, or anybody out. */
  readonly level: "ok" | "warning" | "problem";
  /** What there is; no secret is in it. */
  readonly sentence: string;
  /** What to do about it; `null` where nothing is to be done. */
  readonly remedy: string | null;
}

export function ok(check: string, sentence: string): Finding {
  return { check, level: "ok", sentence, remedy: null };
}

export function warning(check: string, sentence: string, remedy: string): Finding {
  return { check, level: "warning", sentence, remedy };
}

export function problem(check: string, sentence: string, remedy: string): Finding {
  return { check, level: "problem", sentence, remedy };
}
