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

/** The way through a list that tells only where its next page begins: where one was is kept for the way back. */
export function usePages(): Pages {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return {
    cursor: cursors.at(-1) ?? null,
    number: cursors.length + 1,
    next: (cursor) => setCursors((before) => [...before, cursor]),
    previous: () => setCursors((before) => before.slice(0, -1)),
    first: () => setCursors([]),
  };
}

export interface PagerProps {
  readonly pages: Pages;
  /** Where the next page begins; `null` on the last. */
  readonly next: string | null;
}

/** Above its list, where it stays whatever the list has. */
export function Pager({ pages, next }: PagerProps) {
  return (
    <div className="pager">
      <Button disabled={pages.cursor === null} onClick={() => pages.previous()}>
        Previous
      </Button>
      <Button disabled={next === null} onClick={() => next !== null && pages.next(next)}>
        Next
      </Button>
      <output className="hint">Page {pages.number}</output>
    </div>
  );
}
