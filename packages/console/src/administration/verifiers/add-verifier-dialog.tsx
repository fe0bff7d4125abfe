import type { FormEvent } from "react";
import { ask } from "../../api/api.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { useAction } from "../asked/use-action.tsx";

export interface AddedVerifier {
  readonly name: string;
  readonly credential: string;
}

export interface AddVerifierDialogProps {
  readonly onAdded: (verifier: AddedVerifier) => void;
  readonly onClose: () => void;
}

export function AddVerifierDialog({ onAdded, onClose }: AddVerifierDialogProps) {
  const action = useAction();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const name = textOf(new FormData(event.currentTarget), "name").trim();
    const added = await action.run<AddedVerifier>(
      () => ask("POST", "admin/verifiers", { name }),
      () => "Added.",
    );
    if (added !== null) onAdded(added);
  }
  return (
    <Dialog title="Add a verifier" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label="Name of the service"
          name="name"
          autoComplete="off"
          autoCapitalize="none"
          required
          hint="Letters, digits, and any of . _ - behind the first: such as orders-api."
        />
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
