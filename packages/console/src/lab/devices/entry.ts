import type { Exchange } from "../exchange/exchange.ts";

/** A time that was measured, and what was promised of it. */
export interface Measure {
  readonly what: string;
  readonly ms: number;
  /** `null` where nothing is promised. */
  readonly boundMs: number | null;
}

/** One line of the log: what a button did. */
export interface Entry {
  readonly id: number;
  readonly title: string;
  /** On this machine's clock, for people. */
  readonly time: string;
  readonly running: boolean;
  readonly failed: boolean;
  readonly sentences: readonly string[];
  readonly measures: readonly Measure[];
  /** The requests that were sent for it. */
  readonly exchanges: readonly Exchange[];
}

/** What an action tells as it goes on. */
export interface Report {
  say(sentence: string): void;
  /** @param ms `null` where it never came to it, which is then said */
  measure(what: string, ms: number | null, boundMs?: number | null): void;
  keep(exchange: Exchange): void;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function newEntry(id: number, title: string): Entry {
  const time = TIME.format(performance.timeOrigin + performance.now());
  return { id, title, time, running: true, failed: false, sentences: [], measures: [], exchanges: [] };
}
