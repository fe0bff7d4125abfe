"use client";

import { useAuth } from "@counterfoil/client/react";
import { useState } from "react";
import type { FormEvent } from "react";

/** Rendered on the server with what the cookie says, and kept up to date in the browser. */
export function Account() {
  const auth = useAuth();
  switch (auth.status) {
    case "loading":
      return <p role="status">One moment …</p>;
    case "signed_out":
      return <SignIn />;
    case "signed_in":
      return (
        <p>
          Welcome {auth.user.username} <button onClick={() => void auth.logout()}>Sign out</button>
        </p>
      );
  }
}

function SignIn() {
  const { login } = useAuth();
  const [problem, setProblem] = useState("");

  async function submit(form: HTMLFormElement): Promise<void> {
    const value = (name: string) => (form.elements.namedItem(name) as HTMLInputElement).value;
    const outcome = await login({ username: value("username"), password: value("password") });
    setProblem(outcome.ok ? "" : outcome.error);
  }

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    void submit(event.currentTarget);
  }

  return (
    <form method="post" onSubmit={onSubmit}>
      <label>
        User name <input name="username" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <p role="alert">{problem}</p>
      <button>Sign in</button>
    </form>
  );
}
