import { ask } from "../../api/api.ts";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { LiveCount } from "../sessions/live-count.tsx";
import { nameOf, userPath } from "./user.ts";
import type { User } from "./user.ts";

export interface DeleteDialogProps {
  readonly user: User;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Deletes a user, whose name is typed first. */
export function DeleteDialog({ user, onDone, onClose }: DeleteDialogProps) {
  return (
    <ConfirmDialog
      title="Delete the user"
      label="Delete for ever"
      typed={nameOf(user)}
      act={() => ask("DELETE", userPath(user))}
      onDone={onDone}
      onClose={onClose}
    >
      <p>
        This ends <LiveCount sub={user.sub} />, and the name is free for somebody else. It cannot be taken back.
      </p>
    </ConfirmDialog>
  );
}
