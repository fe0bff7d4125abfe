import { useState } from "react";
import type { FormEvent } from "react";
import { ask } from "../../api/api.ts";
import { FACTS } from "../../facts.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { useAction } from "../asked/use-action.tsx";
import { Name } from "../../ui/name.tsx";
import { linkTo } from "../page/place.ts";
import type { ForCode } from "./code-dialog.tsx";
import { CompromisedDialog } from "./compromised-dialog.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { DisableDialog } from "./disable-dialog.tsx";
import { SignOutDialog } from "./sign-out-dialog.tsx";
import { nameOf, rolesOf, userPath } from "./user.ts";
import type { CodeIssued, User } from "./user.ts";

export interface UserDialogProps {
  readonly user: User;
  /** As the user is now; `null`: deleted. */
  readonly onChanged: (user: User | null) => void;
  readonly onCode: (code: ForCode) => void;
  readonly onClose: () => void;
}

interface Changed {
  readonly user: User;
}

type Question = "sign-out" | "disable" | "compromised" | "delete";

/** All that can be done about one user. */
export function UserDialog({ user, onChanged, onCode, onClose }: UserDialogProps) {
  const action = useAction();
  /** What is asked about, before it is done. */
  const [asking, setAsking] = useState<Question | null>(null);
  const name = nameOf(user);

  async function change(rest: string, body: object, sentence: string) {
    const changed = await action.run<Changed>(
      () => ask("POST", userPath(user, rest), body),
      () => sentence,
    );
    if (changed !== null) onChanged(changed.user);
  }
  function setRoles(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const roles = rolesOf(textOf(new FormData(event.currentTarget), "roles"));
    void change("/roles", { roles }, "The roles are changed. Access tokens that say otherwise are refused.");
  }
  async function issueCode() {
    const issued = await action.run<CodeIssued>(
      () => ask("POST", userPath(user, "/reset-password"), { compromised: false }),
      () => "A code was made.",
    );
    if (issued !== null) onCode({ name, ...issued });
  }
  function done(sentence: string, changed: User = user) {
    setAsking(null);
    action.tell(sentence);
    onChanged(changed);
  }
  const onNo = () => setAsking(null);
  return (
    <>
      {/* In front of the other in the document too: where both go, the focus goes back one by one. */}
      {asking === "sign-out" && <SignOutDialog sub={user.sub} name={name} onDone={done} onClose={onNo} />}
      {asking === "disable" && (
        <DisableDialog
          user={user}
          onDone={(changed) => done("Disabled: all sessions have ended, and nobody gets in.", changed)}
          onClose={onNo}
        />
      )}
      {asking === "compromised" && (
        <CompromisedDialog
          user={user}
          onDone={(issued) => {
            done("The password is gone, all sessions have ended.", { ...user, has_password: false });
            onCode({ name, ...issued });
          }}
          onClose={onNo}
        />
      )}
      {asking === "delete" && <DeleteDialog user={user} onDone={() => onChanged(null)} onClose={onNo} />}
      <Dialog title="User" onClose={onClose}>
        <p>
          <Name>{name}</Name> {user.disabled && <span className="badge bad">disabled</span>}
        </p>
        <p>
          <a href={linkTo("sessions", { user: user.sub })}>Sessions</a> ·{" "}
          <a href={linkTo("events", { about: user.sub })}>Events</a>
        </p>
        {action.result}
        <form className="filter" onSubmit={setRoles}>
          <Field
            label="Roles"
            name="roles"
            defaultValue={user.roles.join(" ")}
            autoComplete="off"
            autoCapitalize="none"
          />
          <Button type="submit" busy={action.busy}>
            Set roles
          </Button>
        </form>
        <div className="actions">
          <Button busy={action.busy} onClick={() => setAsking("sign-out")}>
            Sign out everywhere …
          </Button>
          {user.disabled ? (
            <Button busy={action.busy} onClick={() => void change("/enable", {}, "The user may sign in again.")}>
              Enable
            </Button>
          ) : (
            <Button busy={action.busy} onClick={() => setAsking("disable")}>
              Disable …
            </Button>
          )}
          {FACTS.ownPasswords && (
            <>
              <Button busy={action.busy} onClick={() => void issueCode()}>
                One-time code
              </Button>
              <Button look="danger" busy={action.busy} onClick={() => setAsking("compromised")}>
                Password is compromised …
              </Button>
            </>
          )}
          <Button look="danger" busy={action.busy} onClick={() => setAsking("delete")}>
            Delete …
          </Button>
          <Button onClick={onClose}>Close</Button>
        </div>
      </Dialog>
    </>
  );
}
