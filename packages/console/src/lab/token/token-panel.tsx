import type { Outcome } from "@counterfoil/client";
import { useCallback, useEffect, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Message } from "../../ui/message.tsx";
import { Question } from "../question.tsx";
import { CrackSection } from "./crack-section.tsx";
import { EditClaims } from "./edit-claims.tsx";
import { ForgeriesSection } from "./forgeries-section.tsx";
import { decodeToken } from "./jwt.ts";
import { NamesTable } from "./names-table.tsx";
import { OpenedToken } from "./opened-token.tsx";
import { leaveSamples, takeToken } from "./source.ts";
import type { Source } from "./source.ts";
import "./token.css";

/** An access token: what it says, what can be done to it, and what is refused. */
export function TokenPanel() {
  const [taken, setTaken] = useState<Outcome<{ readonly source: Source }> | null>(null);
  const [source, setSource] = useState<Source | null>(null);
  const [text, setText] = useState("");
  const { busy, take } = useTaking(setTaken);
  const error = taken?.ok === false ? taken.error : null;

  // At hand before it is asked for, so that what is below moves at the press and not some time after it.
  useEffect(() => void take(), [take]);

  // A sample lives as long as somebody is here.
  useEffect(() => {
    addEventListener("pagehide", leaveSamples);
    return () => {
      removeEventListener("pagehide", leaveSamples);
      leaveSamples();
    };
  }, []);

  async function open() {
    // It may have run out since, or have ended.
    const latest = await take();
    if (!latest.ok) return;
    setSource(latest.source);
    setText(latest.source.token);
  }
  return (
    <div className="token-panel">
      <section aria-labelledby="opened">
        <h2 id="opened">What it says</h2>
        <p>
          Your own access token, or a sample one where nobody is signed in. It is good for ten minutes: open it again
          then.
        </p>
        <div className="actions opening">
          <Button look="main" busy={busy} onClick={() => void open()}>
            Open an access token
          </Button>
          <output className="quiet">{source !== null && `It is ${source.whose}.`}</output>
        </div>
        {error !== null && <Message kind="error">{error}</Message>}
        {source !== null && <OpenedToken text={text} onChange={setText} decoded={decodeToken(text)} />}
      </section>
      <section aria-labelledby="edited">
        <h2 id="edited">Edit a claim, and send it</h2>
        <p>
          Anybody can read it, and anybody can write another payload. The signature is over the one that was there, so
          it does not fit the new one.
        </p>
        {source === null ? (
          <p className="quiet">Open an access token first, above.</p>
        ) : (
          <EditClaims key={source.token} token={source.token} />
        )}
      </section>
      <section aria-labelledby="cracked">
        <h2 id="cracked">HS256 with a weak secret</h2>
        <p>
          HS256 signs with a secret that all who check it share. Whoever holds one token can try secrets until one fits,
          on a machine of his own.
        </p>
        <CrackSection />
      </section>
      <section aria-labelledby="forged">
        <h2 id="forged">Tokens that have to be refused</h2>
        <p>
          Each is sent to the API and to the server. This page has no key of the server’s: where a signature has to be
          good for the flaw to be seen, the demonstration signs a specimen that is nobody’s.
        </p>
        <ForgeriesSection />
      </section>
      <section aria-labelledby="names">
        <h2 id="names">The lesson’s names, and ours</h2>
        <NamesTable />
      </section>
      <Question question="What is a JWT, and why may I read it but not change it?">
        “JWT is signed, not encrypted. Anyone can read it, but no one can modify it without the secret.”
      </Question>
    </div>
  );
}

function useTaking(onTaken: (taken: Outcome<{ readonly source: Source }>) => void) {
  const [busy, setBusy] = useState(false);
  const take = useCallback(async () => {
    setBusy(true);
    const taken = await takeToken().finally(() => setBusy(false));
    onTaken(taken);
    return taken;
  }, [onTaken]);
  return { busy, take };
}
