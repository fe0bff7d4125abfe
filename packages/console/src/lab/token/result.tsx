import type { ReactNode } from "react";
import { Message } from "../../ui/message.tsx";
import { SentView } from "./sent-view.tsx";
import type { Sending } from "./use-sending.ts";

export interface ResultProps {
  readonly of: Sending;
  /** Said before what came of it. */
  readonly children?: ReactNode;
}

/** What came of a token that was sent; its place is kept as soon as it is on its way. */
export function Result({ of: { sent, busy, error }, children }: ResultProps) {
  const isKept = busy || sent !== null || error !== null;
  return (
    <div className={isKept ? "result kept" : "result"} aria-live="polite">
      {error !== null && <Message kind="error">{error}</Message>}
      {error === null && sent === null && busy && <p className="quiet">Sending …</p>}
      {error === null && sent !== null && (
        <>
          {children}
          <SentView sent={sent} />
        </>
      )}
    </div>
  );
}
