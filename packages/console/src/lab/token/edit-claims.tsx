import { useId, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { decodeToken, readObject, withPayload } from "./jwt.ts";
import type { JsonObject } from "./jwt.ts";
import { Result } from "./result.tsx";
import { useSending } from "./use-sending.ts";

/** The payload of a good token, to be changed and sent. */
export function EditClaims({ token }: { readonly token: string }) {
  const id = useId();
  const payload = decodeToken(token)?.payload ?? {};
  const [text, setText] = useState(() => written(payload));
  const sending = useSending();
  const edited = readObject(() => text);
  const isChanged = edited === null || JSON.stringify(edited) !== JSON.stringify(payload);
  return (
    <>
      <div className="field">
        <label htmlFor={id}>The payload</label>
        <textarea
          id={id}
          className="token"
          rows={16}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-invalid={edited === null || undefined}
          aria-describedby={`${id}-hint`}
        />
        <p className={edited === null ? "error" : "hint"} id={`${id}-hint`}>
          {edited === null
            ? "This is no JSON object: look for a missing comma, quote or brace."
            : isChanged
              ? "Changed. The header and the signature stay as they were."
              : "As the server signed it."}
        </p>
      </div>
      <div className="actions">
        <Button onClick={() => setText(written(withMoreRoles(edited ?? payload)))}>Add a role</Button>
        <Button onClick={() => setText(written({ ...(edited ?? payload), exp: 4_102_444_800 }))}>
          Live until 2100
        </Button>
        <Button onClick={() => setText(written(payload))}>As it was</Button>
        <Button
          look="main"
          busy={sending.busy}
          onClick={() => {
            if (edited === null) document.getElementById(id)?.focus();
            else {
              const made = isChanged ? withPayload(token, edited) : token;
              void sending.send(async () => ({ ok: true, token: made }));
            }
          }}
        >
          Send it
        </Button>
      </div>
      <Result of={sending} />
    </>
  );
}

/** The role that he would like; where he has it, another. */
function withMoreRoles(payload: JsonObject): JsonObject {
  const roles: unknown[] = Array.isArray(payload["roles"]) ? payload["roles"] : [];
  return { ...payload, roles: [...roles, roles.includes("admin") ? "owner" : "admin"] };
}

const written = (payload: JsonObject) => JSON.stringify(payload, null, 2);
