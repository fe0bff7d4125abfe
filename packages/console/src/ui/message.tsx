import type { ReactNode } from "react";

export interface MessageProps {
  readonly kind: "error" | "done" | "note";
  readonly children: ReactNode;
}

/** Something that happened, said aloud by a screen reader as well. Where it comes by itself, whoever shows it keeps its place. */
export function Message({ kind, children }: MessageProps) {
  return (
    <p className={`message ${kind}`} role={kind === "error" ? "alert" : "status"}>
      {children}
    </p>
  );
}
