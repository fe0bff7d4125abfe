import type { FormEvent } from "react";
import { ask } from "../../api/api.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { useAction } from "../asked/use-action.tsx";
import type { ForCode } from "./code-dialog.tsx";
import { nameOf, rolesOf } from "./user.ts";
import type { CodeIssued, User } from "./user.ts";

export interface AddUserDialogProps {
  readonly onAdded: (code: ForCode) => void;
  readonly onClose: () => void;
}

export function AddUserDialog({ onAdded, onClose }: AddUserDialogProps) {
  const action = useAction();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { username: textOf(form, "username"), roles: rolesOf(textOf(form, "roles")) };
    const added = await action.run<CodeIssued & { readonly user: User }>(
      () => ask("POST", "admin/users", body),
      () => "Added.",
    );
    if (added !== null) onAdded({ name: nameOf(added.user), code: added.code, code_expires_at: added.code_expires_at });
  }
  return (
    <Dialog title="Add a user" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Field label="User name" name="username" autoComplete="off" autoCapitalize="none" required />
        <Field label="Roles" name="roles" autoComplete="off" autoCapitalize="none" hint="With spaces between them." />
        {action.result}
        <div className="actions">
          <Button type="submit" look="main" busy={action.busy}>
            Add
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
