/** Without any of the signs for so long, nobody is taken to be there. */
const LEFT_MS = 5 * 60_000;
/** A screen reader may keep the keys to itself, and then moves the focus or clicks. */
const SIGNS = ["pointermove", "pointerdown", "click", "keydown", "focusin", "scroll"];

/**
 * Whether somebody is at this page: it is in view, and was used lately. What a page asks of the server by itself is the
 * session's activity like any other request: one that was left open must not keep its session from ending.
 */
class Attendance {
  #attended = document.visibilityState === "visible";
  #seenAt = performance.now();
  /** A timer is running. */
  #timed = false;
  readonly #listeners = new Set<() => void>();

  constructor() {
    for (const sign of SIGNS) addEventListener(sign, () => this.#see(), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#see();
      else this.#set(false);
    });
    this.#see();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): boolean => this.#attended;

  /** Does it once, now or as soon as somebody is there. @returns what calls that off */
  when(action: () => void): () => void {
    if (this.#attended) {
      action();
      return () => undefined;
    }
    const stop = this.subscribe(() => {
      stop();
      action();
    });
    return stop;
  }

  #see(): void {
    if (document.visibilityState !== "visible") return;
    this.#seenAt = performance.now();
    if (!this.#timed) this.#lookIn(LEFT_MS);
    this.#set(true);
  }

  #lookIn(milliseconds: number): void {
    this.#timed = true;
    setTimeout(() => {
      this.#timed = false;
      const left = this.#seenAt + LEFT_MS - performance.now();
      if (left > 0) this.#lookIn(left);
      else this.#set(false);
    }, milliseconds);
  }

  #set(attended: boolean): void {
    if (attended === this.#attended) return;
    this.#attended = attended;
    for (const listener of this.#listeners) listener();
  }
}

/** One for the page. */
export const attendance = new Attendance();
