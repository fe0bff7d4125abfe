import { useState } from "react";

const SHORT = 48;

/** A text of any length, cut where it is long; the whole of it is a press away. */
export function LongText({ text }: { readonly text: string }) {
  const [whole, setWhole] = useState(false);
  if (text.length <= SHORT + 12) return <code>{text}</code>;
  return (
    <>
      <code>{whole ? text : `${text.slice(0, SHORT)}…`}</code>{" "}
      <button type="button" className="link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? "less" : `all ${text.length} characters`}
      </button>
    </>
  );
}
