import type { Refused } from "@counterfoil/client";
import { useAuth } from "@counterfoil/client/react";
import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { FACTS } from "../facts.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { textOf } from "../ui/form.ts";
import { Message } from "../ui/message.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { PASSWORD_RULES } from "./password-rules.ts";
import { refusalOf } from "./refusal.ts";

const NOT_OPENED =
  "This user name does not go with this password: somebody may have it already. Choose another name, or sign in if it is you.";

/** Registers a user, where registration is open, and signs in. */
export function CreateAccountPage() {
  const auth = useAuth();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const usernameRef = useRef<HTMLInputElement>(null);
  const passwordRef = useRef<HTMLInputElement>(null);

  const isSignedIn = auth.status === "signed_in";
  useEffect(() => {
    if (isSignedIn) location.replace("./account");
  }, [isSignedIn]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefused(null);
    const form = new FormData(event.currentTarget);
    const wish = { username: textOf(form, "username"), password: textOf(form, "password") };
    const registered = await auth.register(wish);
    // The server does not tell whether the name was free; whether the password opens it does.
    const outcome = registered.ok ? await auth.login(wish) : registered;
    setBusy(false);
    if (outcome.ok) return;
    setRefused(outcome);
    const field = { password_refused: passwordRef, invalid_request: usernameRef, invalid_credentials: usernameRef };
    if (outcome.code in field) field[outcome.code as keyof typeof field].current?.select();
  }
  if (!FACTS.registration) {
    return (
      <section className="card narrow">
        <h1>Create an account</h1>
        <p>
          Accounts are made by an administrator here. Whoever has a one-time code of theirs chooses a password with it.
        </p>
      </section>
    );
  }
  const errorAt = (code: Refused["code"]) => (refused?.code === code ? refused.error : undefined);
  const nameError = refused?.code === "invalid_credentials" ? NOT_OPENED : errorAt("invalid_request");
  const passwordError = errorAt("password_refused");
  return (
    <section className="card narrow">
      <h1>Create an account</h1>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={256}
          required
          hint="What you will sign in by."
          error={nameError}
          ref={usernameRef}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="new-password"
          required
          hint={PASSWORD_RULES}
          error={passwordError}
          ref={passwordRef}
        />
        <div className="actions">
          <Button type="submit" look="main" busy={busy}>
            Create the account
          </Button>
          <a href="./sign-in">Sign in instead</a>
        </div>
        {refused !== null && nameError === undefined && passwordError === undefined && (
          <Message kind="error">{refusalOf(refused)}</Message>
        )}
      </form>
    </section>
  );
}
