import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { ask } from "../../api/api.ts";
import { client } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { AskedState } from "../asked/asked-state.tsx";
import { useAction } from "../asked/use-action.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { Pager, usePages } from "../page/pager.tsx";
import { linkTo, sectionAt } from "../page/place.ts";
import { goTo, usePlace } from "../../page/use-place.ts";
import { SignOutDialog } from "../users/sign-out-dialog.tsx";
import { findSubject } from "../users/user.ts";
import { SectionTitle } from "../page/section-title.tsx";
import { SessionRecord } from "./session-record.tsx";
import type { Session, SessionPage } from "./session.ts";

const LOOK_MS = 5000;

/** Who is signed in now, of everybody or of one user; and the end of it. */
export function SessionsSection() {
  const place = usePlace();
  const user = sectionAt(place).given.get("user") ?? "";
  const [transport, setTransport] = useState("");
  const [error, setError] = useState<{ readonly at: string; readonly text: string } | null>(null);
  const userRef = useRef<HTMLInputElement>(null);
  const [signingOut, setSigningOut] = useState<Session | null>(null);
  const [endingAll, setEndingAll] = useState(false);
  const pages = usePages(`${transport} ${user}`);
  const action = useAction();

  const query = new URLSearchParams({ limit: "50" });
  if (user !== "") query.set("subject", user);
  if (transport !== "") query.set("transport", transport);
  if (pages.cursor !== null) query.set("cursor", pages.cursor);
  const asked = useAsked<SessionPage>(`admin/sessions?${query}`, LOOK_MS);
  const sessions = asked.value?.sessions ?? [];

  // The field stays, and the focus in it, when the address is another: by a link, or by its own search.
  useEffect(() => {
    userRef.current!.value = user;
  }, [user]);

  async function find(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const text = textOf(new FormData(event.currentTarget), "user").trim();
    setError(null);
    if (text === "") goTo(linkTo("sessions"));
    else {
      const found = await findSubject(text);
      if (found.ok) goTo(linkTo("sessions", { user: found.sub }));
      else setError({ at: place, text: found.error });
    }
  }
  async function end(sid: string) {
    await action.run(
      () => ask("DELETE", `admin/sessions/${sid}`),
      () => "The session has ended: it is refused everywhere within a second.",
    );
    asked.again();
  }
  return (
    <section aria-labelledby="section">
      <SectionTitle>Live sessions</SectionTitle>
      <form className="filter" onSubmit={(event) => void find(event)}>
        <Field
          label="Of the user"
          name="user"
          type="search"
          defaultValue={user}
          autoCapitalize="none"
          placeholder="name or subject; empty for all"
          error={error?.at === place ? error.text : undefined}
          ref={userRef}
        />
        <div className="field">
          <label htmlFor="transport">By</label>
          <select id="transport" value={transport} onChange={(event) => setTransport(event.target.value)}>
            <option value="">cookie or bearer</option>
            <option value="cookie">cookie</option>
            <option value="bearer">bearer</option>
          </select>
        </div>
        <Button type="submit">Show</Button>
        <Button look="danger" onClick={() => setEndingAll(true)}>
          End everybody’s …
        </Button>
      </form>
      <Pager pages={pages} next={asked.value?.next_cursor ?? null} settled={asked.settled} />
      <div className="notices">
        {action.result}
        <AskedState {...asked} />
      </div>
      {asked.value !== null && sessions.length === 0 && (
        <p>{asked.value.next_cursor === null ? "There is none." : "None on this page; there may be on the next."}</p>
      )}
      <ul className="records">
        {sessions.map((session) => (
          <SessionRecord
            key={session.sid}
            session={session}
            busy={action.busy}
            onEnd={() => void end(session.sid)}
            onSignOut={() => setSigningOut(session)}
          />
        ))}
      </ul>
      {signingOut !== null && (
        <SignOutDialog
          sub={signingOut.sub}
          name={signingOut.username ?? signingOut.sub}
          onDone={(sentence) => {
            setSigningOut(null);
            action.tell(sentence);
            asked.again();
          }}
          onClose={() => setSigningOut(null)}
        />
      )}
      {endingAll && (
        <ConfirmDialog
          title="Sign everybody out"
          label="Sign everybody out"
          typed="everybody"
          act={() => ask("POST", "admin/sessions/end-all", { confirm: "everybody" })}
          onDone={() => {
            setEndingAll(false);
            // It was this page's session too.
            void client.sessions();
          }}
          onClose={() => setEndingAll(false)}
        >
          <p>Every session ends, yours too, and every signing key is revoked. All sign in again.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
