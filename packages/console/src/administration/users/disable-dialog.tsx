import { ask } from "../../api/api.ts";
import { Name } from "../../ui/name.tsx";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { LiveCount } from "../sessions/live-count.tsx";
import { nameOf, userPath } from "./user.ts";
import type { User } from "./user.ts";

export interface DisableDialogProps {
  readonly user: User;
  readonly onDone: (user: User) => void;
  readonly onClose: () => void;
}

/** Keeps a user out. */
export function DisableDialog({ user, onDone, onClose }: DisableDialogProps) {
  return (
    <ConfirmDialog<{ readonly user: User }>
      title="Disable the user"
      label="Disable"
      act={() => ask("POST", userPath(user, "/disable"), {})}
      onDone={(changed) => onDone(changed.user)}
      onClose={onClose}
    >
      <p>
        This ends <LiveCount sub={user.sub} /> of <Name>{nameOf(user)}</Name> within a second, and nobody signs in as
        this user until you enable it again.
      </p>
    </ConfirmDialog>
  );
}
