import { useId } from "react";
import type { InputHTMLAttributes, ReactNode, Ref } from "react";

export interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "id" | "className"> {
  readonly label: string;
  /** What it is for, or what it has to be. */
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly ref?: Ref<HTMLInputElement>;
}

/** A labelled input, with what is wrong with it beside it. */
export function Field({ label, hint, error, ref, ...input }: FieldProps) {
  const id = useId();
  const about = [hint === undefined ? null : `${id}-hint`, error === undefined ? null : `${id}-error`].filter(Boolean);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={ref}
        {...input}
        aria-describedby={about.length > 0 ? about.join(" ") : undefined}
        aria-invalid={error === undefined ? undefined : true}
      />
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p className="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
