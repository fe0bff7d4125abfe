import { useAuth } from "@counterfoil/client/react";
import { useEffect, useState } from "react";
import type { FormEvent } from "react";
import { setProver } from "../api/presence.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { textOf } from "../ui/form.ts";

/** Asks for the password again, where something needs a recent proof of presence. */
export function PresenceDialog() {
  const auth = useAuth();
  const [answer, setAnswer] = useState<((proved: boolean) => void) | null>(null);
  const [error, setError] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    setProver(
      () =>
        new Promise((resolve) => {
          setError(undefined);
          setAnswer(() => resolve);
        }),
    );
  }, []);

  if (answer === null || auth.status !== "signed_in") return null;

  function close(proved: boolean) {
    answer?.(proved);
    setAnswer(null);
  }
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const password = textOf(new FormData(event.currentTarget), "password");
    const proved = await auth.reauthenticate({ password });
    setBusy(false);
    if (proved.ok) close(true);
    else setError(proved.code === "invalid_credentials" ? "That is not the password of this user." : proved.error);
  }
  return (
    <Dialog title="Your password, once more" onClose={() => close(false)}>
      <form onSubmit={(event) => void submit(event)}>
        <p>What you are about to do asks for it, if you have not given it lately.</p>
        <input type="text" name="username" autoComplete="username" value={auth.user.username ?? ""} readOnly hidden />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          error={error}
        />
        <div className="actions">
          <Button type="submit" look="main" busy={busy}>
            Go on
          </Button>
          <Button onClick={() => close(false)}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
