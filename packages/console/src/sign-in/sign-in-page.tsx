import { useAuth } from "@counterfoil/client/react";
import { useState } from "react";
import type { FormEvent } from "react";
import { FACTS } from "../facts.ts";
import { PAGE_NAME } from "../place.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { textOf } from "../ui/form.ts";
import { Message } from "../ui/message.tsx";
import { refusalOf } from "./refusal.ts";

/** Signs in, and goes on with the page that was asked for. */
export function SignInPage() {
  const auth = useAuth();
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    const form = new FormData(event.currentTarget);
    const signedIn = await auth.login({
      username: textOf(form, "username"),
      password: textOf(form, "password"),
      remember: form.get("remember") !== null,
    });
    setBusy(false);
    if (!signedIn.ok) setError(refusalOf(signedIn));
    else if (PAGE_NAME === "sign-in") location.assign("./account");
  }
  return (
    <section className="card narrow">
      <h1>Sign in</h1>
      {auth.status === "signed_out" && auth.reason === "session_over" && error === null && (
        <Message kind="note">Your session has ended. Sign in to go on.</Message>
      )}
      {error !== null && <Message kind="error">{error}</Message>}
      <form onSubmit={(event) => void submit(event)}>
        <Field label="User name" name="username" autoComplete="username" autoCapitalize="none" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <label className="check">
          <input type="checkbox" name="remember" /> Stay signed in on this device
        </label>
        <div className="actions">
          <Button type="submit" look="main" busy={busy}>
            Sign in
          </Button>
          {FACTS.registration && <a href="./create-account">Create an account</a>}
        </div>
      </form>
      {FACTS.apiUrl !== null && (
        <Message kind="note">
          The demonstration’s users: <code>kavya</code> / <code>password123</code> (admin) and <code>arjun</code> /{" "}
          <code>userpass</code>.
        </Message>
      )}
    </section>
  );
}
