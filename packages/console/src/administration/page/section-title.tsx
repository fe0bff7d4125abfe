import { useEffect, useRef } from "react";
import type { ReactNode, RefObject } from "react";
import { hasMoved, usePlace } from "../../page/use-place.ts";

export interface SectionTitleProps {
  readonly id?: string;
  /** For who has to bring the focus here. */
  readonly titleRef?: RefObject<HTMLHeadingElement | null>;
  readonly children: ReactNode;
}

/**
 * The heading of a section. Where a link has led here from something that goes away by it, the focus comes here: it would
 * fall back to the page's beginning.
 */
export function SectionTitle({ id = "section", titleRef, children }: SectionTitleProps) {
  const own = useRef<HTMLHeadingElement>(null);
  const ref = titleRef ?? own;
  const place = usePlace();
  useEffect(() => {
    const at = document.activeElement;
    const isLost = at === null || at === document.body || at.closest(".records") !== null;
    if (hasMoved() && isLost) ref.current?.focus();
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- looked at again at each place
  }, [place, ref]);
  return (
    <h2 id={id} ref={ref} tabIndex={-1}>
      {children}
    </h2>
  );
}
