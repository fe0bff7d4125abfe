import { Field } from "../ui/field.tsx";

/** Appears where the server asks for it; what was typed before it stays. */
export function SecondFactorField() {
  return (
    <Field
      label="Second factor"
      name="second-factor"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={256}
      hint="Your user name and password are right. Such as the code that your authenticator shows."
      required
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- it is what was asked for by pressing the button
      autoFocus
    />
  );
}
