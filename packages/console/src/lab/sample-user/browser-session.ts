import { BASE_PATH } from "../../place.ts";
import { tracedFetch } from "../exchange/exchange.ts";
import { RunFailed } from "../run/run.ts";
import type { Report } from "../run/run.ts";
import { ARJUN } from "./sign-in.ts";

/** Who is signed in in this browser; `null` for nobody. */
export async function whoIsHere(): Promise<string | null> {
  const response = await fetch(`${BASE_PATH}me`, { redirect: "error" }).catch(() => null);
  if (response === null) throw new RunFailed("The server is out of reach. Try again when it is back.");
  if (!response.ok) return null;
  const { user } = (await response.json()) as { readonly user: { readonly username: string | null } };
  return user.username ?? "somebody";
}

/**
 * Does something while this browser is signed in: as whoever is here, or as a sample user who is signed in for it and
 * out again behind it.
 *
 * @param action told whose the session is, and whether it is the sample user's for now
 */
export async function whileSignedIn(
  report: Report,
  action: (who: string, sample: boolean) => Promise<void>,
): Promise<void> {
  const here = await whoIsHere();
  if (here !== null) return action(here, false);
  const signedIn = await send("/login", JSON.stringify({ ...ARJUN, device_name: "This browser, for the Lab" }));
  report.keep(signedIn.exchange);
  if (!signedIn.response.ok) {
    throw new RunFailed(`The sample user was not signed in: ${signedIn.response.status}. Try again in a minute.`);
  }
  report.say("Nobody is signed in in this browser, so arjun is for as long as this takes, by a cookie.");
  try {
    await action(ARJUN.username, true);
  } finally {
    await signOutHere();
  }
}

/** Ends the session of this browser. */
export async function signOutHere(): Promise<void> {
  await send("/logout", "{}").catch(() => undefined);
}

function send(path: string, body: string) {
  return tracedFetch("server", "POST", path, { headers: { "Content-Type": "application/json" }, body });
}
