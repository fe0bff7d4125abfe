import { useId } from "react";
import { Message } from "../../ui/message.tsx";
import type { Decoded, JsonObject } from "./jwt.ts";
import { CLAIM_MEANING, HEADER_MEANING, valueOf } from "./meaning.ts";

export interface OpenedTokenProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** `null` where the text is no token. */
  readonly decoded: Decoded | null;
}

/** A token and what it says, read as it is typed: by the page, without a key and without a request. */
export function OpenedToken({ text, onChange, decoded }: OpenedTokenProps) {
  const id = useId();
  const [header = "", payload = "", ...signature] = text.split(".");
  return (
    <>
      <div className="field">
        <label htmlFor={id}>The token, as it is sent</label>
        <textarea
          id={id}
          className="token"
          rows={6}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => onChange(event.target.value)}
          aria-describedby={`${id}-hint`}
        />
        <p className="hint" id={`${id}-hint`}>
          Change it, or paste another JWT: it is read at once, in this page, with no key and no request. That is what
          “encoded, not encrypted” means.
        </p>
      </div>
      {decoded === null ? (
        <Message kind="note">
          That is no JWT: it takes three parts with a dot between them, HEADER.PAYLOAD.SIGNATURE, each of base64url.
        </Message>
      ) : (
        <>
          <p className="token parts">
            <span className="header">{header}</span>.<span className="payload">{payload}</span>.
            <span className="signature">{signature.join(".")}</span>
          </p>
          <Part name="Header" look="header" members={decoded.header} meaning={HEADER_MEANING} />
          <Part name="Payload" look="payload" members={decoded.payload} meaning={CLAIM_MEANING} />
          <h3 className="signature">Signature</h3>
          <p>
            {decoded.signatureBytes === 0
              ? "There is none: anybody could have written this token."
              : `${decoded.signatureBytes} bytes, over the header and the payload as they stand there, made with a key that only the issuer has. Change one letter of either, and it does not fit any more.`}
          </p>
        </>
      )}
    </>
  );
}

interface PartProps {
  readonly name: string;
  readonly look: string;
  readonly members: JsonObject;
  readonly meaning: Readonly<Record<string, string>>;
}

function Part({ name, look, members, meaning }: PartProps) {
  return (
    <>
      <h3 className={look}>{name}</h3>
      <dl className="claims">
        {Object.entries(members).map(([member, value]) => (
          <div key={member}>
            <dt>
              <code>{member}</code>
            </dt>
            <dd>
              <code>{valueOf(member, value)}</code>
              <p>
                {Object.hasOwn(meaning, member)
                  ? meaning[member]
                  : "The application’s own: it means what the application says."}
              </p>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
