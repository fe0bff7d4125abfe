import type { Outcome } from "@counterfoil/client";
import { useState } from "react";
import { sendToken } from "./send.ts";
import type { Sent } from "./send.ts";

export interface Sending {
  readonly sent: Sent | null;
  readonly busy: boolean;
  readonly error: string | null;
  readonly send: (make: () => Promise<Outcome<{ readonly token: string }>>) => Promise<void>;
}

/** A request of this browser’s own has failed, mostly, or its cryptography is not there. */
const UNFINISHED = "It could not be finished: the server may be away. Press the button again when it is back.";

/** Makes a token and sends it, and keeps what came of it. */
export function useSending(): Sending {
  const [sent, setSent] = useState<Sent | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  return {
    sent,
    busy,
    error,
    async send(make) {
      setBusy(true);
      setError(null);
      try {
        const made = await make();
        const came = made.ok ? await sendToken(made.token) : made;
        if (came.ok) setSent(came.sent);
        else setError(came.error);
      } catch (fault) {
        setError(UNFINISHED);
        throw fault;
      } finally {
        setBusy(false);
      }
    },
  };
}
