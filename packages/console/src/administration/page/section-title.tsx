import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { hasMoved, usePlace } from "./use-place.ts";

export interface SectionTitleProps {
  readonly id?: string;
  readonly children: ReactNode;
}

/**
 * The heading of a section. Where a link has led here from something that goes away by it, the focus comes here: it would
 * fall back to the page's beginning.
 */
export function SectionTitle({ id = "section", children }: SectionTitleProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  const place = usePlace();
  useEffect(() => {
    const at = document.activeElement;
    const isLost = at === null || at === document.body || at.closest(".records") !== null;
    if (hasMoved() && isLost) ref.current?.focus();
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- looked at again at each place
  }, [place]);
  return (
    <h2 id={id} ref={ref} tabIndex={-1}>
      {children}
    </h2>
  );
}
