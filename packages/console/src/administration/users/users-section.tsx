import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { FACTS } from "../../facts.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { AskedState } from "../asked/asked-state.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { Pager, usePages } from "../page/pager.tsx";
import { SectionTitle } from "../page/section-title.tsx";
import { AddUserDialog } from "./add-user-dialog.tsx";
import { CodeDialog } from "./code-dialog.tsx";
import type { ForCode } from "./code-dialog.tsx";
import { UserDialog } from "./user-dialog.tsx";
import type { User, UserPage } from "./user.ts";
import { UserRecord } from "./user-record.tsx";

/** All users, the newest first, or those whose name begins with something. */
export function UsersSection() {
  const [search, setSearch] = useState("");
  const pages = usePages(search);
  const [adding, setAdding] = useState(false);
  const [managed, setManaged] = useState<User | null>(null);
  const [code, setCode] = useState<ForCode | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [deletions, setDeletions] = useState(0);

  // Once the dialogs have gone. The button that opened them goes with its user, and the focus is to be somewhere.
  useEffect(() => {
    if (deletions > 0) heading.current?.focus();
  }, [deletions]);

  const query = new URLSearchParams({ limit: "50" });
  if (search !== "") query.set("search", search);
  if (pages.cursor !== null) query.set("cursor", pages.cursor);
  const asked = useAsked<UserPage>(`admin/users?${query}`);
  const users = asked.value?.users ?? [];

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setSearch(textOf(new FormData(event.currentTarget), "search").trim());
  }
  return (
    <section aria-labelledby="section">
      <SectionTitle titleRef={heading}>Users</SectionTitle>
      <form className="filter" onSubmit={submit}>
        <Field label="Name begins with" name="search" type="search" maxLength={256} autoCapitalize="none" />
        <Button type="submit">Search</Button>
        {FACTS.ownPasswords && (
          <Button look="main" onClick={() => setAdding(true)}>
            Add a user
          </Button>
        )}
      </form>
      <Pager pages={pages} next={asked.value?.next_cursor ?? null} settled={asked.settled} />
      <div className="notices">
        <AskedState {...asked} />
      </div>
      {asked.value !== null && users.length === 0 && <p>No user’s name begins so.</p>}
      <ul className="records">
        {users.map((user) => (
          <UserRecord key={user.sub} user={user} onManage={() => setManaged(user)} />
        ))}
      </ul>
      {adding && (
        <AddUserDialog
          onClose={() => setAdding(false)}
          onAdded={(added) => {
            setAdding(false);
            setCode(added);
            asked.again();
          }}
        />
      )}
      {managed !== null && (
        <UserDialog
          user={managed}
          onChanged={(user) => {
            setManaged(user);
            if (user === null) setDeletions(deletions + 1);
            asked.again();
          }}
          onCode={setCode}
          onClose={() => setManaged(null)}
        />
      )}
      {code !== null && <CodeDialog {...code} onClose={() => setCode(null)} />}
    </section>
  );
}
