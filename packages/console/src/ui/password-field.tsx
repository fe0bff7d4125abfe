import { useId, useState } from "react";
import type { FieldProps } from "./field.tsx";
import { Field } from "./field.tsx";

export interface PasswordFieldProps extends Omit<FieldProps, "type" | "action"> {
  /** What a password manager takes it for. */
  readonly autoComplete: "current-password" | "new-password";
}

/** A password, hidden until whoever types it asks to see it; paste and password managers work as in any other field. */
export function PasswordField(props: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  const labelId = useId();
  return (
    <Field
      {...props}
      labelId={labelId}
      type={shown ? "text" : "password"}
      autoCapitalize="none"
      spellCheck={false}
      action={
        <button type="button" className="show" aria-describedby={labelId} onClick={() => setShown(!shown)}>
          {shown ? "Hide" : "Show"}
        </button>
      }
    />
  );
}
