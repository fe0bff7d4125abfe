import type { Refused } from "@counterfoil/client";
import { useAuth } from "@counterfoil/client/react";
import { useRef, useState } from "react";
import type { FormEvent } from "react";
import { ask } from "../api/api.ts";
import { FACTS } from "../facts.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { textOf } from "../ui/form.ts";
import { Message } from "../ui/message.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { PASSWORD_RULES } from "./password-rules.ts";
import { refusalOf } from "./refusal.ts";

/** Chooses a password by a one-time code: of an administrator's, or of whatever sends them. */
export function ChoosePasswordPage() {
  const auth = useAuth();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [isSet, setIsSet] = useState(false);
  const [busy, setBusy] = useState(false);
  const codeRef = useRef<HTMLInputElement>(null);
  const passwordRef = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefused(null);
    const form = new FormData(event.currentTarget);
    const [username, password] = [textOf(form, "username"), textOf(form, "password")];
    const chosen = await ask("POST", "password", { code: textOf(form, "code").trim(), new_password: password });
    const signedIn = chosen.ok && (await auth.login({ username, password })).ok;
    setBusy(false);
    if (signedIn) location.assign("./account");
    else if (chosen.ok) setIsSet(true);
    else {
      setRefused(chosen);
      const field = { invalid_code: codeRef, password_refused: passwordRef };
      if (chosen.code in field) field[chosen.code as keyof typeof field].current?.select();
    }
  }
  if (!FACTS.ownPasswords) {
    return (
      <section className="card narrow">
        <h1>Choose a password</h1>
        <p>Passwords are not kept here: the application has its own way to change them.</p>
      </section>
    );
  }
  if (isSet) {
    return (
      <section className="card narrow">
        <h1>Your password is set</h1>
        <p>
          <a href="./sign-in">Sign in with it</a>
        </p>
      </section>
    );
  }
  const errorAt = (code: Refused["code"]) => (refused?.code === code ? refused.error : undefined);
  return (
    <section className="card narrow">
      <h1>Choose a password</h1>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={256}
          required
        />
        <Field
          label="One-time code"
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          required
          hint="It begins with cfp_, and is good for one password."
          error={errorAt("invalid_code")}
          ref={codeRef}
        />
        <PasswordField
          label="New password"
          name="password"
          autoComplete="new-password"
          required
          hint={PASSWORD_RULES}
          error={errorAt("password_refused")}
          ref={passwordRef}
        />
        <p>Whoever is signed in as this user is signed out by it.</p>
        <div className="actions">
          <Button type="submit" look="main" busy={busy}>
            Set the password
          </Button>
          <a href="./sign-in">Sign in instead</a>
        </div>
        {refused !== null && refused.code !== "invalid_code" && refused.code !== "password_refused" && (
          <Message kind="error">{refusalOf(refused)}</Message>
        )}
      </form>
    </section>
  );
}
