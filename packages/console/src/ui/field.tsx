import { useId } from "react";
import type { InputHTMLAttributes, ReactNode, Ref } from "react";

export interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "id" | "className"> {
  readonly label: string;
  /** What it is for, or what it has to be. */
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly ref?: Ref<HTMLInputElement>;
  /** For what else is described by the label. */
  readonly labelId?: string;
  /** A button of its own, at its end. */
  readonly action?: ReactNode;
}

/** A labelled input, with what is wrong with it beside it; that takes the place of the hint. */
export function Field({ label, hint, error, ref, action, labelId, ...input }: FieldProps) {
  const id = useId();
  const said = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id} id={labelId}>
        {label}
      </label>
      <div className="control">
        <input
          id={id}
          ref={ref}
          {...input}
          aria-describedby={said === undefined ? undefined : `${id}-said`}
          aria-invalid={error === undefined ? undefined : true}
        />
        {action}
      </div>
      {said !== undefined && (
        <p className={error === undefined ? "hint" : "error"} id={`${id}-said`}>
          {said}
        </p>
      )}
    </div>
  );
}
