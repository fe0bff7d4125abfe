import { ask } from "../../api/api.ts";
import { Name } from "../../ui/name.tsx";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { LiveCount } from "../sessions/live-count.tsx";
import { userPath } from "./user.ts";

export interface SignOutDialogProps {
  readonly sub: string;
  readonly name: string;
  /** What is to be told of it. */
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

/** Ends every session of one user. */
export function SignOutDialog({ sub, name, onDone, onClose }: SignOutDialogProps) {
  return (
    <ConfirmDialog<{ readonly ended: number }>
      title="Sign the user out everywhere"
      label="Sign out everywhere"
      act={() => ask("POST", userPath({ sub }, "/logout"), {})}
      onDone={({ ended }) =>
        onDone(`The user is signed out: ${ended === 1 ? "one session has" : `${ended} sessions have`} ended.`)
      }
      onClose={onClose}
    >
      <p>
        This ends <LiveCount sub={sub} /> of <Name>{name}</Name>, on every device, within a second. The user may sign in
        again at once.
      </p>
    </ConfirmDialog>
  );
}
