import { StoreError } from "@counterfoil/core";
import type { NoticeSink } from "./notice.ts";

/** Tells once that the ledger is out of reach and once that it is back, whatever fails of it in between. */
export class LedgerReach {
  readonly #notice: NoticeSink;
  /** When it went, milliseconds on this process's monotonic clock; `null` while it is in reach. */
  #awaySince: number | null = null;

  constructor(notice: NoticeSink) {
    this.#notice = notice;
  }

  /** @param now milliseconds on this process's monotonic clock */
  failed(error: unknown, now: number): void {
    if (this.#awaySince !== null || !(error instanceof StoreError)) return;
    this.#awaySince = now;
    this.#notice({ type: "ledger_away", error });
  }

  /** @param now milliseconds on this process's monotonic clock */
  reached(now: number): void {
    if (this.#awaySince === null) return;
    const seconds = Math.round((now - this.#awaySince) / 1000);
    this.#awaySince = null;
    this.#notice({ type: "ledger_back", seconds });
  }
}
