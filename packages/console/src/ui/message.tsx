import type { ReactNode } from "react";

export interface MessageProps {
  readonly kind: "error" | "done" | "note";
  readonly children: ReactNode;
}

/** Something that happened, said aloud by a screen reader as well. Its place is kept, so that nothing jumps. */
export function Message({ kind, children }: MessageProps) {
  return (
    <p className={`message ${kind}`} role={kind === "error" ? "alert" : "status"}>
      {children}
    </p>
  );
}
