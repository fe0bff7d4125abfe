import type { Outcome } from "@counterfoil/client";
import { client } from "../../client.ts";
import { bodyOf, runExchange, sending } from "../exchange/exchange.ts";
import { endSession } from "../sample-user/end-session.ts";
import { ARJUN } from "../sample-user/sign-in.ts";

/** A good access token, and whose it is. */
export interface Source {
  readonly token: string;
  readonly whose: string;
}

interface Sample {
  readonly token: Promise<Outcome<{ readonly token: string }>>;
  readonly takenAt: number;
}

/** Well below its ten minutes. */
const SAMPLE_KEPT_MS = 300_000;
let sample: Sample | null = null;
/** Of the samples: each is ended when the panel is left. */
const refreshTokens = new Set<string>();
/** A sample that comes when nobody waits for it any more is ended at once. */
let visit = 0;

const SAMPLE =
  "arjun’s, a sample: nobody is signed in here, so a client without a browser signed him in, until you leave this part";
const DEVICE = { ...ARJUN, device_name: "A token, opened" };

/** The reader’s own access token, or one of arjun’s where nobody is signed in. */
export async function takeToken(): Promise<Outcome<{ readonly source: Source }>> {
  const own = await client.accessToken().catch(() => null);
  if (own !== null) return { ok: true, source: { token: own, whose: "your own: this page holds it in its memory" } };
  // One for all that is tried with it, or each try would be one more session.
  if (sample === null || performance.now() - sample.takenAt > SAMPLE_KEPT_MS) {
    sample = { token: signInSample(visit), takenAt: performance.now() };
  }
  const mine = sample;
  const taken = await mine.token;
  if (taken.ok) return { ok: true, source: { token: taken.token, whose: SAMPLE } };
  if (sample === mine) sample = null;
  return taken;
}

async function signInSample(during: number): Promise<Outcome<{ readonly token: string }>> {
  const login = await runExchange({ target: "server", method: "POST", path: "/login", ...sending(DEVICE) });
  if (!login.ok) return login;
  const { access_token: token, refresh_token: refreshToken, error } = bodyOf(login.exchange);
  if (typeof token !== "string" || typeof refreshToken !== "string") {
    const sentence = typeof error === "string" ? error : "No answer came. Try again.";
    return { ok: false, code: "unavailable", error: sentence, retryAfterSeconds: null };
  }
  if (during === visit) refreshTokens.add(refreshToken);
  else endSession(refreshToken);
  return { ok: true, token };
}

/** Ends the sessions of the samples: nobody holds them any more. */
export function leaveSamples(): void {
  visit++;
  sample = null;
  for (const refreshToken of refreshTokens) endSession(refreshToken);
  refreshTokens.clear();
}
