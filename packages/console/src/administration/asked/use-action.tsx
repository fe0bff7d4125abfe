import { useState } from "react";
import type { ReactNode } from "react";
import type { Answer } from "../../api/api.ts";
import { Message } from "../../ui/message.tsx";

export interface Action {
  readonly busy: boolean;
  /** Does it, tells how it went, and resolves to what was answered; `null` where it was refused. */
  run<Value>(work: () => Promise<Answer>, done: (value: Value) => ReactNode): Promise<Value | null>;
  /** Tells of what was done by another way. */
  tell(done: ReactNode): void;
  /** How the last one went. Its place is there from the beginning. */
  readonly result: ReactNode;
}

/** Something that a button does, one at a time, with what became of it. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<{ readonly kind: "done" | "error"; readonly text: ReactNode } | null>(null);
  return {
    busy,
    async run<Value>(work: () => Promise<Answer>, done: (value: Value) => ReactNode) {
      if (busy) return null;
      setBusy(true);
      setTold(null);
      const answer = await work();
      setBusy(false);
      if (!answer.ok) {
        setTold({ kind: "error", text: refusalText(answer.code, answer.error) });
        return null;
      }
      setTold({ kind: "done", text: done(answer.value as Value) });
      return answer.value as Value;
    },
    tell: (done) => setTold({ kind: "done", text: done }),
    result: <div className="state">{told !== null && <Message kind={told.kind}>{told.text}</Message>}</div>,
  };
}

function refusalText(code: string, error: string): string {
  if (code !== "reauthentication_required") return error;
  return "Nothing was done: that needs your password. Try again, and give it.";
}
