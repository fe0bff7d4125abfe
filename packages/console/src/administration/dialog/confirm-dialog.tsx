import { useId, useRef, useState } from "react";
import type { FormEvent, ReactNode } from "react";
import type { Answer } from "../../api/api.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { useAction } from "../asked/use-action.tsx";
import { Name } from "../../ui/name.tsx";

export interface ConfirmDialogProps<Value> {
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** What the button does. */
  readonly label: string;
  /** To be typed first, where a slip would cost much. */
  readonly typed?: string;
  readonly act: () => Promise<Answer>;
  /** It is done. */
  readonly onDone: (value: Value) => void;
  readonly onClose: () => void;
}

/** Asks before it does something that cannot be taken back: whoever presses Enter without reading does nothing. */
export function ConfirmDialog<Value>(props: ConfirmDialogProps<Value>) {
  const { title, children, label, typed, act, onDone, onClose } = props;
  const action = useAction();
  const [text, setText] = useState("");
  const [error, setError] = useState<string | undefined>();
  const id = useId();
  const safe = useRef<HTMLButtonElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (typed !== undefined && text !== typed) {
      setError("That is something else. Type it as it is written above.");
      return;
    }
    setError(undefined);
    let answered = false;
    const value = await action.run<Value>(act, () => {
      answered = true;
      return null;
    });
    if (answered) onDone(value as Value);
  }
  return (
    <Dialog title={title} onClose={onClose} {...(typed === undefined && { first: safe })}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        {typed !== undefined && (
          <>
            <p id={id}>
              To go on, type: <Name>{typed}</Name>
            </p>
            <Field
              label="Typed by you"
              name="typed"
              autoComplete="off"
              autoCapitalize="none"
              value={text}
              onChange={(event) => setText(event.target.value)}
              error={error}
            />
          </>
        )}
        {action.result}
        <div className="actions">
          <Button type="submit" look="danger" busy={action.busy}>
            {label}
          </Button>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
