import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { crack } from "./crack.ts";
import type { Cracked, CrackProgress } from "./crack.ts";
import { forgeWithSecret } from "./forgeries.ts";
import { hmacWith, signToken } from "./jwt.ts";
import { Result } from "./result.tsx";
import { takeToken } from "./source.ts";
import { useSending } from "./use-sending.ts";
import { weakSecrets } from "./weak-secrets.ts";

/** The lesson’s own example of a header and a payload. */
const HEADER = { alg: "HS256", typ: "JWT" };
const PAYLOAD = { user_id: 101, role: "admin", exp: 1_710_000_000 };

const UNFINISHED = "This browser’s cryptography failed, so nothing was tried. Press the button again.";

const encoder = new TextEncoder();
const COUNT = new Intl.NumberFormat();

/** A weak secret found, before one’s eyes, and what it is good for: everywhere but here. */
export function CrackSection() {
  const [progress, setProgress] = useState<CrackProgress | null>(null);
  const [cracked, setCracked] = useState<Cracked | null>(null);
  const stopping = useRef<AbortController | null>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [token, setToken] = useState("");
  const sending = useSending();
  // Nobody sees it any more.
  useEffect(() => () => stopping.current?.abort(), []);

  async function start(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const secret = textOf(new FormData(event.currentTarget), "secret");
    const stop = new AbortController();
    stopping.current = stop;
    setBusy(true);
    setCracked(null);
    setProgress(null);
    setFailed(false);
    try {
      const signed = await signToken(HEADER, PAYLOAD, hmacWith(encoder.encode(secret)));
      setToken(signed);
      setCracked(await crack(signed, weakSecrets(), stop.signal, setProgress));
    } catch (error) {
      setFailed(true);
      throw error;
    } finally {
      setBusy(false);
    }
  }
  const found = cracked?.outcome === "found" ? cracked.secret : null;
  return (
    <>
      <form onSubmit={(event) => void start(event)}>
        <Field
          label="The secret that signs the token"
          name="secret"
          defaultValue="super-secret-key"
          required
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          hint="The lesson’s own JWT_SECRET_KEY, or any other. The search is not told it: it has the token, and a list."
        />
        <div className="actions">
          <Button type="submit" look="main" busy={busy}>
            Crack it
          </Button>
          <Button {...(!busy && { "aria-disabled": true })} onClick={() => stopping.current?.abort()}>
            Stop
          </Button>
        </div>
      </form>
      <div className="cracking">
        <p className="token">{token === "" ? "The token with the lesson’s payload will stand here." : token}</p>
        <progress
          aria-label="How much of the list was tried"
          value={cracked?.tried ?? progress?.tried ?? 0}
          max={progress?.of ?? 20_000}
        />
        <p className="quiet">
          {progress === null
            ? "Nothing was tried yet."
            : `${COUNT.format(progress.tried)} of ${COUNT.format(progress.of)}, ${COUNT.format(progress.perSecond)} a second; the last: ${progress.at}`}
        </p>
        <p aria-live="polite">
          {failed && UNFINISHED}
          {cracked !== null && <Told cracked={cracked} />}
        </p>
      </div>
      <div className="actions">
        <Button
          busy={sending.busy}
          {...(found === null && { "aria-disabled": true })}
          onClick={() => {
            if (found === null) return;
            void sending.send(async () => {
              const taken = await takeToken();
              return taken.ok ? forgeWithSecret(taken.source.token, found) : taken;
            });
          }}
        >
          Forge an admin’s token with it, and send it
        </Button>
      </div>
      <Result of={sending}>
        <p>
          A server that signs with that secret would have let it in: its signature is right. This one has no secret that
          signs: its key was made by a machine, and HS256 is not on its list.
        </p>
      </Result>
    </>
  );
}

function Told({ cracked }: { readonly cracked: Cracked }) {
  const { outcome, tried, durationMs } = cracked;
  const after = `after ${COUNT.format(tried)} attempts and ${COUNT.format(durationMs)} ms`;
  switch (outcome) {
    case "found":
      return (
        <>
          Found {after}: <code className="found">{cracked.secret}</code>. Whoever has it can write any token: any user,
          any role, any end.
        </>
      );
    case "not_in_list":
      return (
        <>Not in this list, {after}. That says little: a longer one costs a minute more. 32 random bytes are in none.</>
      );
    case "stopped":
      return <>Stopped {after}.</>;
  }
}
