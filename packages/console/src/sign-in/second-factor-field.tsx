import type { Ref } from "react";
import { Field } from "../ui/field.tsx";

export interface SecondFactorFieldProps {
  /** The one that was given did not do. */
  readonly wrong: boolean;
  readonly ref: Ref<HTMLInputElement>;
}

/** Appears where the server asks for it; what was typed before it stays. */
export function SecondFactorField({ wrong, ref }: SecondFactorFieldProps) {
  return (
    <Field
      label="Second factor"
      name="second-factor"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={256}
      hint="Your user name and password are right. Such as the code that your authenticator shows."
      error={wrong ? WRONG : undefined}
      ref={ref}
      required
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- it is what was asked for by pressing the button
      autoFocus
    />
  );
}

/** The server does not say which of them it was, but the password has been right before. */
const WRONG = "That second factor was not taken. A code is good for a short time, and once: give the newest.";
