import { useState } from "react";
import { Button } from "../../ui/button.tsx";

export interface Pages {
  /** Where the page that is shown begins; `null` for the first. */
  readonly cursor: string | null;
  /** From 1. */
  readonly number: number;
  next(cursor: string): void;
  previous(): void;
  first(): void;
}

const NONE: readonly string[] = [];

/**
 * The way through a list that tells only where its next page begins: where one was is kept for the way back.
 *
 * @param list which list it is, such as by its filter: another one begins at its first page
 */
export function usePages(list: string): Pages {
  const [way, setWay] = useState({ list, cursors: NONE });
  const cursors = way.list === list ? way.cursors : NONE;
  const go = (to: readonly string[]) => setWay({ list, cursors: to });
  return {
    cursor: cursors.at(-1) ?? null,
    number: cursors.length + 1,
    next: (cursor) => go([...cursors, cursor]),
    previous: () => go(cursors.slice(0, -1)),
    first: () => go(NONE),
  };
}

export interface PagerProps {
  readonly pages: Pages;
  /** Where the next page begins; `null` on the last. */
  readonly next: string | null;
  /** Whether the page that is shown is the one that was asked for: else `next` is of another. */
  readonly settled: boolean;
}

/** Above its list, where it stays whatever the list has. */
export function Pager({ pages, next, settled }: PagerProps) {
  return (
    <div className="pager">
      <Button disabled={pages.cursor === null} onClick={() => pages.previous()}>
        Previous
      </Button>
      <Button disabled={next === null} busy={!settled} onClick={() => next !== null && pages.next(next)}>
        Next
      </Button>
      <output className="hint">Page {pages.number}</output>
    </div>
  );
}
