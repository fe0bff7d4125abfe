import { useEffect, useId, useLayoutEffect, useRef } from "react";
import type { ReactNode, RefObject } from "react";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** In the place of `onClose` where Escape is pressed. */
  readonly onEscape?: () => void;
  /** What has the focus at first; left out, whatever comes first. */
  readonly first?: RefObject<HTMLElement | null>;
  readonly children: ReactNode;
}

/** A modal dialog: the browser's own, which keeps the focus inside and gives it back. Open as long as it is rendered. */
export function Dialog({ title, onClose, onEscape, first, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the element is taken away, or the browser could not give the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current!;
    dialog.showModal();
    first?.current?.focus();
    return () => dialog.close();
  }, [first]);
  // A browser may close a dialog at the second Escape in a row, whatever is said at its `cancel`: it is to see neither.
  useEffect(() => {
    const dialog = ref.current!;
    const press = (event: KeyboardEvent) => {
      if (onEscape === undefined || event.key !== "Escape") return;
      event.preventDefault();
      onEscape();
    };
    dialog.addEventListener("keydown", press);
    return () => dialog.removeEventListener("keydown", press);
  }, [onEscape]);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        // It is closed by not being rendered.
        event.preventDefault();
        (onEscape ?? onClose)();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
