import { instantText } from "../page/instant.tsx";
import { Name } from "../../ui/name.tsx";
import { ShownOnceDialog } from "../dialog/shown-once-dialog.tsx";
import type { CodeIssued } from "./user.ts";

export interface ForCode extends CodeIssued {
  readonly name: string;
}

/** The code by which a user chooses a password. */
export function CodeDialog({
  name,
  code,
  code_expires_at: until,
  onClose,
}: ForCode & { readonly onClose: () => void }) {
  return (
    <ShownOnceDialog title="One-time code" label="Code" secret={code} onClose={onClose}>
      <p>
        <Name>{name}</Name> chooses a password with it, until {instantText(until)}. Hand it over by a way that nobody
        else reads.
      </p>
    </ShownOnceDialog>
  );
}
