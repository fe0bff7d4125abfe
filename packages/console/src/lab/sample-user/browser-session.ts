import { BASE_PATH } from "../../place.ts";
import { AWAY, tracedFetch } from "../exchange/exchange.ts";
import { RunFailed } from "../run/run.ts";
import type { Report } from "../run/run.ts";
import { ARJUN, claimsIn } from "./sign-in.ts";

interface Here {
  readonly user: { readonly username: string | null };
  readonly session: { readonly sid: string };
}

/** The session of this browser; `null` where there is none. */
async function sessionHere(): Promise<Here | null> {
  const response = await fetch(`${BASE_PATH}me`, { redirect: "error" }).catch(() => null);
  if (response === null) throw new RunFailed(AWAY);
  return response.ok ? ((await response.json()) as Here) : null;
}

/** Who is signed in in this browser; `null` for nobody. */
export async function whoIsHere(): Promise<string | null> {
  const here = await sessionHere();
  return here && (here.user.username ?? "somebody");
}

/**
 * Does something while this browser is signed in: as whoever is here, or as a sample user who is signed in for it and
 * out again behind it.
 *
 * @param action told whose the session is, and the `sid` of it where it is the sample user's for now
 */
export async function whileSignedIn(
  report: Report,
  action: (who: string, sampleSid: string | null) => Promise<void>,
): Promise<void> {
  const here = await whoIsHere();
  if (here !== null) return action(here, null);
  const signedIn = await send("/login", JSON.stringify({ ...ARJUN, device_name: "This browser, for the Lab" }));
  report.keep(signedIn.exchange);
  if (!signedIn.response.ok) {
    throw new RunFailed(`The sample user was not signed in: ${signedIn.response.status}. Try again in a minute.`);
  }
  const { access_token: token } = (await signedIn.response.json()) as { readonly access_token: string };
  const sid = String(claimsIn(token)["sid"]);
  report.say("Nobody is signed in in this browser, so arjun is for as long as this takes, by a cookie.");
  try {
    await action(ARJUN.username, sid);
  } finally {
    await signOutHere(sid);
  }
}

/** Ends the session of this browser, if it is that one still: the reader may have signed in meanwhile. */
export async function signOutHere(sid: string): Promise<void> {
  const here = await sessionHere().catch(() => null);
  if (here?.session.sid === sid) await send("/logout", "{}").catch(() => undefined);
}

function send(path: string, body: string) {
  return tracedFetch("server", "POST", path, { headers: { "Content-Type": "application/json" }, body });
}
