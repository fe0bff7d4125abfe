import { ask } from "../../api/api.ts";
import { Name } from "../../ui/name.tsx";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { LiveCount } from "../sessions/live-count.tsx";
import { nameOf, userPath } from "./user.ts";
import type { CodeIssued, User } from "./user.ts";

export interface CompromisedDialogProps {
  readonly user: User;
  readonly onDone: (issued: CodeIssued) => void;
  readonly onClose: () => void;
}

/** Takes a password away that somebody else knows. */
export function CompromisedDialog({ user, onDone, onClose }: CompromisedDialogProps) {
  return (
    <ConfirmDialog<CodeIssued>
      title="The password is compromised"
      label="Take the password away"
      act={() => ask("POST", userPath(user, "/reset-password"), { compromised: true })}
      onDone={onDone}
      onClose={onClose}
    >
      <p>
        The password of <Name>{nameOf(user)}</Name> opens nothing any more, and this ends <LiveCount sub={user.sub} />{" "}
        within a second. You are shown a one-time code: without it the user does not get in again.
      </p>
    </ConfirmDialog>
  );
}
