import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";

export interface ShownOnceDialogProps {
  readonly title: string;
  readonly label: string;
  readonly secret: string;
  /** What it is for. */
  readonly children: ReactNode;
  readonly onClose: () => void;
}

/** A secret that the server will not tell again. It is in the page only as long as this is open. */
export function ShownOnceDialog({ title, label, secret, children, onClose }: ShownOnceDialogProps) {
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const [told, setTold] = useState<string | null>(null);

  async function copy() {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
      setTold("Copied.");
    } catch {
      setTold("The browser does not let this page copy. It is selected: copy it with the keyboard.");
    }
  }
  function escape() {
    if (copied) onClose();
    else setTold("It is not shown again. Copy it, or press “I have it”.");
  }
  return (
    <Dialog title={title} onClose={onClose} onEscape={escape}>
      {children}
      <Field ref={input} label={label} readOnly value={secret} spellCheck={false} hint="It is shown this once." />
      <div className="actions">
        <Button look="main" onClick={() => void copy()}>
          Copy
        </Button>
        <Button onClick={onClose}>I have it</Button>
        <output>{told}</output>
      </div>
    </Dialog>
  );
}
