import { useState } from "react";
import type { FormEvent } from "react";
import { ask } from "../../api/api.ts";
import { FACTS } from "../../facts.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { useAction } from "../asked/use-action.tsx";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { Name } from "../../ui/name.tsx";
import { linkTo } from "../page/place.ts";
import type { ForCode } from "./code-dialog.tsx";
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

/** All that can be done about one user. */
export function UserDialog({ user, onChanged, onCode, onClose }: UserDialogProps) {
  const action = useAction();
  const [deleting, setDeleting] = useState(false);
  const name = nameOf(user);

  async function change(rest: string, body: object, done: string) {
    const changed = await action.run<Changed>(
      () => ask("POST", userPath(user, rest), body),
      () => done,
    );
    if (changed !== null) onChanged(changed.user);
  }
  function setRoles(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const roles = rolesOf(textOf(new FormData(event.currentTarget), "roles"));
    void change("/roles", { roles }, "The roles are changed. Access tokens that say otherwise are refused.");
  }
  async function issueCode(compromised: boolean) {
    const issued = await action.run<CodeIssued>(
      () => ask("POST", userPath(user, "/reset-password"), { compromised }),
      () => (compromised ? "The password is gone, all sessions have ended." : "A code was made."),
    );
    if (issued === null) return;
    if (compromised) onChanged({ ...user, has_password: false });
    onCode({ name, ...issued });
  }
  function signOut() {
    void action.run<{ readonly ended: number }>(
      () => ask("POST", userPath(user, "/logout"), {}),
      ({ ended }) => `Signed out: ${ended === 1 ? "one session has" : `${ended} sessions have`} ended.`,
    );
  }
  if (deleting) {
    return (
      <ConfirmDialog
        title="Delete the user"
        label="Delete for ever"
        typed={name}
        act={() => ask("DELETE", userPath(user))}
        onDone={() => onChanged(null)}
        onClose={() => setDeleting(false)}
      >
        <p>All sessions end, and the name is free for somebody else. This cannot be taken back.</p>
      </ConfirmDialog>
    );
  }
  return (
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
        <Button busy={action.busy} onClick={signOut}>
          Sign out everywhere
        </Button>
        {user.disabled ? (
          <Button busy={action.busy} onClick={() => void change("/enable", {}, "The user may sign in again.")}>
            Enable
          </Button>
        ) : (
          <Button
            busy={action.busy}
            onClick={() => void change("/disable", {}, "Disabled: all sessions have ended, and nobody gets in.")}
          >
            Disable
          </Button>
        )}
        {FACTS.ownPasswords && (
          <>
            <Button busy={action.busy} onClick={() => void issueCode(false)}>
              One-time code
            </Button>
            <Button look="danger" busy={action.busy} onClick={() => void issueCode(true)}>
              Password is compromised
            </Button>
          </>
        )}
        <Button look="danger" busy={action.busy} onClick={() => setDeleting(true)}>
          Delete …
        </Button>
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}
