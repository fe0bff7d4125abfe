import type { SessionState } from "@counterfoil/client";
import { useAuth } from "@counterfoil/client/react";
import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { setProver } from "../api/presence.ts";
import { client } from "../client.ts";
import { refusalOf, WRONG_PASSWORD } from "../sign-in/refusal.ts";
import { SecondFactorField } from "../sign-in/second-factor-field.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { textOf } from "../ui/form.ts";
import { Message } from "../ui/message.tsx";
import { PasswordField } from "../ui/password-field.tsx";

interface Question {
  readonly answer: (proved: boolean) => void;
  /** Of the session that asks: nobody else’s password answers it. `null` where there is none any more. */
  readonly sid: string | null;
}

/** Asks for the password again, where something needs a recent proof of presence. */
export function PresenceDialog() {
  const { status } = useAuth();
  const [question, setQuestion] = useState<Question | null>(null);

  useEffect(() => {
    setProver(() => new Promise((answer) => setQuestion({ answer, sid: sidOf(client.session.current) })));
  }, []);

  useEffect(() => {
    if (question === null) return;
    return client.session.subscribe((state) => {
      if (question.sid !== null && sidOf(state) === question.sid) return;
      // Who was asked is not there any more to prove it.
      question.answer(false);
      setQuestion(null);
    });
  }, [question]);

  if (question === null || status !== "signed_in") return null;
  return (
    <ProofForm
      onClose={(proved) => {
        question.answer(proved);
        // A proof that comes in after it was cancelled must not close the dialog of the next question, unanswered.
        setQuestion((current) => (current === question ? null : current));
      }}
    />
  );
}

function sidOf(state: SessionState): string | null {
  return state.status === "signed_in" ? state.sid : null;
}

function ProofForm({ onClose }: { readonly onClose: (proved: boolean) => void }) {
  const auth = useAuth();
  const [wrong, setWrong] = useState<"password" | "second-factor" | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [factorAsked, setFactorAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const passwordRef = useRef<HTMLInputElement>(null);
  const factorRef = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setWrong(null);
    setError(null);
    const form = new FormData(event.currentTarget);
    const secondFactor = textOf(form, "second-factor");
    const proved = await auth.reauthenticate({
      password: textOf(form, "password"),
      ...(secondFactor !== "" && { secondFactor }),
    });
    setBusy(false);
    if (proved.ok) onClose(true);
    else if (proved.code === "second_factor_required") setFactorAsked(true);
    else if (proved.code === "invalid_credentials") {
      setWrong(secondFactor === "" ? "password" : "second-factor");
      (secondFactor === "" ? passwordRef : factorRef).current?.select();
    } else setError(refusalOf(proved));
  }
  const username = auth.status === "signed_in" ? (auth.user.username ?? "") : "";
  return (
    <Dialog title="Your password, once more" onClose={() => onClose(false)}>
      <form onSubmit={(event) => void submit(event)}>
        <p>What you are about to do asks for it, if you have not given it lately.</p>
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          error={wrong === "password" ? WRONG_PASSWORD : undefined}
          ref={passwordRef}
        />
        {factorAsked && <SecondFactorField wrong={wrong === "second-factor"} ref={factorRef} />}
        <div className="actions">
          <Button type="submit" look="main" busy={busy}>
            Go on
          </Button>
          <Button onClick={() => onClose(false)}>Cancel</Button>
        </div>
        {error !== null && <Message kind="error">{error}</Message>}
      </form>
    </Dialog>
  );
}
