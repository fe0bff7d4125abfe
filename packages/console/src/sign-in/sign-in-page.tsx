import { useAuth } from "@counterfoil/client/react";
import { Fragment, useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { FACTS } from "../facts.ts";
import { PAGE_NAME } from "../place.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { textOf } from "../ui/form.ts";
import { Message } from "../ui/message.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { endSentence } from "./end-reason.ts";
import { nextPage } from "./next-page.ts";
import { signInRefusal } from "./refusal.ts";
import { SecondFactorField } from "./second-factor-field.tsx";

/** Signs in, and goes on with the page that was asked for. */
export function SignInPage() {
  const auth = useAuth();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [factorAsked, setFactorAsked] = useState(false);
  const [factorWrong, setFactorWrong] = useState(false);
  const passwordRef = useRef<HTMLInputElement>(null);
  const factorRef = useRef<HTMLInputElement>(null);

  // In another tab as well: this one then goes on, too.
  const isOver = auth.status === "signed_in" && PAGE_NAME === "sign-in";
  useEffect(() => {
    if (isOver) location.replace(nextPage());
  }, [isOver]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    setFactorWrong(false);
    const form = new FormData(event.currentTarget);
    const secondFactor = textOf(form, "second-factor");
    const signedIn = await auth.login({
      username: textOf(form, "username"),
      password: textOf(form, "password"),
      remember: form.get("remember") !== null,
      ...(secondFactor !== "" && { secondFactor }),
    });
    setBusy(false);
    if (signedIn.ok) return;
    // It is no failure to be asked for it the first time.
    if (signedIn.code === "second_factor_required") {
      setFactorAsked(true);
      return;
    }
    if (signedIn.code === "invalid_credentials" && secondFactor !== "") {
      setFactorWrong(true);
      factorRef.current?.select();
      return;
    }
    setError(signInRefusal(signedIn, textOf(form, "username"), textOf(form, "password")));
    if (signedIn.code === "invalid_credentials") passwordRef.current?.select();
  }
  return (
    <section className="card narrow">
      <h1>Sign in</h1>
      {auth.status === "signed_out" && auth.reason === "session_over" && (
        <Message kind="note">{endSentence(auth.endReason)}</Message>
      )}
      {auth.status === "signed_out" && auth.reason === "logout" && <Message kind="note">You are signed out.</Message>}
      {FACTS.sampleUsers.length > 0 && (
        <p className="hint">
          The demonstration’s users:{" "}
          {FACTS.sampleUsers.map(({ username, password, roles }, index) => (
            <Fragment key={username}>
              {index > 0 && " and "}
              <code>{username}</code> / <code>{password}</code>
              {roles.includes("admin") && " (admin)"}
            </Fragment>
          ))}
          .
        </p>
      )}
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
        <PasswordField label="Password" name="password" autoComplete="current-password" required ref={passwordRef} />
        {factorAsked && <SecondFactorField wrong={factorWrong} ref={factorRef} />}
        <label className="check">
          <input type="checkbox" name="remember" /> Stay signed in on this device
        </label>
        <div className="actions">
          <Button type="submit" look="main" busy={busy}>
            Sign in
          </Button>
          {FACTS.registration && <a href="./create-account">Create an account</a>}
          {FACTS.ownPasswords && <a href="./choose-password">I have a one-time code</a>}
        </div>
        {error !== null && <Message kind="error">{error}</Message>}
      </form>
    </section>
  );
}
