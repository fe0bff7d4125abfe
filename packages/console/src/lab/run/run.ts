import type { Exchange } from "../exchange/exchange.ts";

/** What came of a step of an attack: it was refused, or it works. */
export type Verdict = "refused" | "works";

export interface Step {
  readonly sentence: string;
  /** `null` where nothing was decided by it. */
  readonly verdict: Verdict | null;
  /** The time that the sentence is about, and what was promised of it; `null` where it is about none. */
  readonly measured: { readonly ms: number; readonly boundMs: number | null } | null;
}

/** A time that has to pass, and how much of it has. */
export interface Wait {
  readonly what: string;
  readonly ms: number;
  readonly passedMs: number;
}

/** What came of a button, so far. */
export interface Run {
  readonly running: boolean;
  readonly failed: boolean;
  readonly steps: readonly Step[];
  /** What was measured for a named place, in words. */
  readonly figures: Readonly<Record<string, string>>;
  /** The requests that were sent for it. */
  readonly exchanges: readonly Exchange[];
  readonly wait: Wait | null;
}

export const NEW_RUN: Run = {
  running: true,
  failed: false,
  steps: [],
  figures: {},
  exchanges: [],
  wait: null,
};

/** What a run tells as it goes on. */
export interface Report {
  say(sentence: string): void;
  /** @param refused `null` where nothing was decided, as whoever decides gave no answer, or none of that kind */
  judge(refused: boolean | null, sentence: string): void;
  /** @param ms `null` where it never came to it, which is then said */
  measure(what: string, ms: number | null, boundMs?: number | null): void;
  figure(place: string, text: string): void;
  keep(exchange: Exchange): void;
  /** Lets a time pass, in sight. @returns whether it has passed: the visitor may not want to wait */
  wait(what: string, ms: number): Promise<boolean>;
}

/** Ends a run with a sentence for people. */
export class RunFailed extends Error {}

/** Where there is no time to tell, what is. */
export function untimed(what: string): string {
  return `${what}: not within ten seconds. Is the API cut off, or the server away?`;
}
