import type { Refused } from "@counterfoil/client";
import { useAuth } from "@counterfoil/client/react";
import { useRef, useState } from "react";
import type { FormEvent } from "react";
import { PASSWORD_RULES } from "../sign-in/password-rules.ts";
import { refusalOf, WRONG_PASSWORD } from "../sign-in/refusal.ts";
import { SecondFactorField } from "../sign-in/second-factor-field.tsx";
import { Button } from "../ui/button.tsx";
import { textOf } from "../ui/form.ts";
import { Message } from "../ui/message.tsx";
import { PasswordField } from "../ui/password-field.tsx";

/** Changes the password; this session stays, and all others end. */
export function PasswordCard({ onChanged }: { readonly onChanged: () => void }) {
  const auth = useAuth();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [changed, setChanged] = useState(false);
  const [factorAsked, setFactorAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const factorRef = useRef<HTMLInputElement>(null);
  const currentRef = useRef<HTMLInputElement>(null);
  const newRef = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefused(null);
    setChanged(false);
    const element = event.currentTarget;
    const form = new FormData(element);
    const secondFactor = textOf(form, "second-factor");
    const outcome = await auth.changePassword({
      password: textOf(form, "current-password"),
      newPassword: textOf(form, "new-password"),
      ...(secondFactor !== "" && { secondFactor }),
    });
    setBusy(false);
    if (outcome.ok) {
      element.reset();
      setFactorAsked(false);
      setChanged(true);
      onChanged();
      return;
    }
    if (outcome.code === "second_factor_required") {
      setFactorAsked(true);
      return;
    }
    setRefused(outcome);
    if (outcome.code === "invalid_credentials") (secondFactor === "" ? currentRef : factorRef).current?.select();
    if (outcome.code === "password_refused") newRef.current?.select();
  }
  const isWrong = refused?.code === "invalid_credentials";
  const [atCurrent, atFactor] = [isWrong && !factorAsked, isWrong && factorAsked];
  const atNew = refused?.code === "password_refused";
  const username = auth.status === "signed_in" ? (auth.user.username ?? "") : "";
  return (
    <details className="card">
      <summary>
        <h2>Change the password</h2>
      </summary>
      <form className="narrow" onSubmit={(event) => void submit(event)}>
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordField
          label="Current password"
          name="current-password"
          autoComplete="current-password"
          required
          error={atCurrent ? WRONG_PASSWORD : undefined}
          ref={currentRef}
        />
        <PasswordField
          label="New password"
          name="new-password"
          autoComplete="new-password"
          required
          hint={PASSWORD_RULES}
          error={atNew ? refused.error : undefined}
          ref={newRef}
        />
        {factorAsked && <SecondFactorField wrong={atFactor} ref={factorRef} />}
        <p>You stay signed in here; everywhere else this user is signed out.</p>
        <Button type="submit" look="main" busy={busy}>
          Change the password
        </Button>
        <div className="slot">
          {changed && <Message kind="done">Your password is changed, and every other session has ended.</Message>}
          {refused !== null && !isWrong && !atNew && <Message kind="error">{refusalOf(refused)}</Message>}
        </div>
      </form>
    </details>
  );
}
