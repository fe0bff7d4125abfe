import type { Feed, FeedListener, FeedState } from "../src/feed/feed.ts";
import { MINTED_AT } from "./mint.ts";

/** A feed that says what the test lets it say. */
export class HeldFeed implements Feed {
  state: FeedState = "fresh";
  now = (MINTED_AT + 1) * 1000;
  /** What a request to catch up comes to. */
  afterCatchUp: FeedState = "stale";
  catchUps = 0;
  readonly #listeners = new Set<FeedListener>();

  get stalenessMs(): number {
    return this.state === "fresh" ? 0 : Infinity;
  }

  ledgerNow(): number {
    return this.now;
  }

  async catchUp(): Promise<void> {
    this.catchUps++;
    await Promise.resolve();
    this.become(this.afterCatchUp);
  }

  subscribe(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(state: FeedState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.#listeners) listener.changed?.(state);
  }

  tell(...entries: readonly Parameters<NonNullable<FeedListener["told"]>>[0][]): void {
    for (const entry of entries) for (const listener of this.#listeners) listener.told?.(entry);
  }

  tellAnew(): void {
    for (const listener of this.#listeners) listener.toldAnew?.();
  }
}
