import type { Outcome } from "@counterfoil/client";
import { client } from "../../client.ts";
import { bodyOf, runExchange, sending } from "../exchange/exchange.ts";

/** A good access token, and whose it is. */
export interface Source {
  readonly token: string;
  readonly whose: string;
}

/** Well below its ten minutes. */
const SAMPLE_KEPT_MS = 300_000;
let sample: { readonly token: string; readonly takenAt: number } | null = null;

const SAMPLE = "arjun’s, a sample: nobody is signed in here, so a client without a browser signed him in";
const ARJUN = { username: "arjun", password: "userpass" };

/** The reader’s own access token, or one of arjun’s where nobody is signed in. */
export async function takeToken(): Promise<Outcome<{ readonly source: Source }>> {
  const own = await client.accessToken().catch(() => null);
  if (own !== null) return { ok: true, source: { token: own, whose: "your own: this page holds it in its memory" } };
  // One for all that is tried with it, or each try would be one more session.
  if (sample === null || performance.now() - sample.takenAt > SAMPLE_KEPT_MS) {
    const login = await runExchange({ target: "server", method: "POST", path: "/login", ...sending(ARJUN) });
    if (!login.ok) return login;
    const { access_token: token, error } = bodyOf(login.exchange);
    if (typeof token !== "string") {
      const sentence = typeof error === "string" ? error : "No answer came. Try again.";
      return { ok: false, code: "unavailable", error: sentence, retryAfterSeconds: null };
    }
    sample = { token, takenAt: performance.now() };
  }
  return { ok: true, source: { token: sample.token, whose: SAMPLE } };
}
