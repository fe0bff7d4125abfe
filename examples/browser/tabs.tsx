import { AuthProvider, useAuth } from "@counterfoil/client/react";
import { StrictMode, useEffect, useState } from "react";
import type { FormEvent, ReactElement } from "react";
import { createRoot } from "react-dom/client";
import { API, client } from "./client.ts";

function Page(): ReactElement {
  const auth = useAuth();
  return (
    <>
      <header>
        <strong>Counterfoil</strong>
        <nav>
          <a href="./">Sign in</a>{" "}
          <a href="./tabs.html" aria-current="page">
            Two tabs
          </a>
        </nav>
        {auth.status === "signed_in" && (
          <button type="button" onClick={() => void auth.logout()}>
            Sign out
          </button>
        )}
      </header>
      <main>
        <State />
        {auth.status === "signed_out" && <SignIn />}
        {auth.status === "signed_in" && <Orders />}
        {auth.status === "signed_in" && <Elsewhere sid={auth.sid} />}
        <Seen />
      </main>
    </>
  );
}

function State(): ReactElement {
  const auth = useAuth();
  switch (auth.status) {
    case "loading":
      return (
        <>
          <h1>One moment …</h1>
          <p role="alert">{auth.error?.message}</p>
        </>
      );
    case "signed_in":
      return <h1>Welcome {auth.user.username}</h1>;
    case "signed_out":
      return <h1>{auth.reason === "session_over" ? "Your session is over" : "Nobody is signed in"}</h1>;
  }
}

function SignIn(): ReactElement {
  const { login } = useAuth();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(form: HTMLFormElement): Promise<void> {
    const value = (name: string) => (form.elements.namedItem(name) as HTMLInputElement).value;
    setBusy(true);
    const outcome = await login({ username: value("username"), password: value("password") });
    setBusy(false);
    setProblem(outcome.ok ? "" : outcome.error);
  }

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    void submit(event.currentTarget);
  }

  return (
    <form className="card" method="post" onSubmit={onSubmit}>
      <h2>Sign in, and look at the other tab</h2>
      <label>
        User name <input name="username" autoComplete="username" autoCapitalize="none" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <p role="alert">{problem}</p>
      <button disabled={busy}>Sign in</button>
    </form>
  );
}

function Orders(): ReactElement {
  const { fetch } = useAuth();
  const [answer, setAnswer] = useState("");

  async function ask(): Promise<void> {
    try {
      const response = await fetch(`${API}/orders`);
      setAnswer(`${response.status} ${await response.text()}`);
    } catch (error) {
      setAnswer(String(error));
    }
  }

  return (
    <section className="card">
      <h2>The API, with this tab&apos;s access token</h2>
      <button type="button" onClick={() => void ask()}>
        Ask for the orders
      </button>
      {answer !== "" && <pre role="status">{answer}</pre>}
    </section>
  );
}

function Elsewhere({ sid }: { readonly sid: string }): ReactElement {
  return (
    <section className="card">
      <h2>Things to try</h2>
      <p>
        <a href="./tabs.html" target="_blank">
          Open a second tab
        </a>
        , and sign out in one of them. Or end the session from a terminal, as another device or an administrator would:
      </p>
      <pre>npx counterfoil sessions revoke {sid} --data .counterfoil/browser</pre>
    </section>
  );
}

/** What this tab was told, and when. */
function Seen(): ReactElement {
  const [seen, setSeen] = useState<readonly string[]>([]);
  useEffect(
    () =>
      client.session.subscribe((state) => {
        const reason = state.status === "signed_out" ? `: ${state.endReason ?? state.reason}` : "";
        setSeen((before) => [...before, `${new Date().toLocaleTimeString()} ${state.status}${reason}`]);
      }),
    [],
  );
  return (
    <section className="card">
      <h2>What this tab has seen</h2>
      <ol className="faint" aria-live="polite">
        {seen.map((line, index) => (
          <li key={index}>{line}</li>
        ))}
      </ol>
    </section>
  );
}

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <AuthProvider client={client}>
      <Page />
    </AuthProvider>
  </StrictMode>,
);
