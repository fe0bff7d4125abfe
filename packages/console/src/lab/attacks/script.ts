import { FACTS } from "../../facts.ts";
import { tracedFetch } from "../exchange/exchange.ts";
import { pause } from "../run/until.ts";
import { BOUND_MS } from "../run/run.ts";
import type { Report } from "../run/run.ts";
import { signOutHere, whileSignedIn } from "../sample-user/browser-session.ts";
import { untilApiRefuses } from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";
import { lookEverywhere } from "./injected.ts";

export const SCRIPT: Attack = {
  id: "script",
  title: "A script reads the cookie and the storages (XSS)",
  button: "Inject a script",
  about:
    "Markup with a script is put into this page. Then a script that runs already looks in document.cookie, localStorage, sessionStorage and IndexedDB.",
  defence:
    "The page’s policy runs no script that the server did not send with it, and the session cookie is HttpOnly: the browser shows it to no script. A script that runs all the same can act as the user while the page is open, and takes nothing along that outlives the sign-out.",
  run: (report) =>
    whileSignedIn(report, async (who, sample) => {
      await injectMarkup(report);
      report.say("Suppose that a script runs all the same: the rest of this is done by one.");
      await look(report);
      await sendAway(report);
      await actAsUser(report, who, sample);
    }),
};

/** What a careless page does with somebody’s text. Its picture asks nobody for anything. */
async function injectMarkup(report: Report): Promise<void> {
  const ran = { it: false };
  const note = () => (ran.it = true);
  addEventListener("injected", note);
  try {
    const box = document.createElement("div");
    box.innerHTML = `<img src="data:," alt="" onerror="dispatchEvent(new Event('injected'))">`;
    await pause(100);
    if (ran.it) report.works("The markup’s script ran in this page.");
    else report.refused("The markup was taken, and the page’s policy did not run the script in it.");
  } catch (error) {
    const name = error instanceof Error ? error.name : "error";
    report.refused(`Markup from text: the browser refuses to make any in this page (${name}, by Trusted Types).`);
  } finally {
    removeEventListener("injected", note);
  }
}

async function look(report: Report): Promise<void> {
  for (const { name, entries, token } of await lookEverywhere()) {
    if (token !== null) report.works(`${name}: a token, ${token.slice(0, 12)}…`);
    else if (entries === 0) report.refused(`${name}: empty.`);
    else report.refused(`${name}: ${entries} of this site’s own entries, and no token among them.`);
  }
}

/** To the page of another site that the demonstration has: nothing beyond this machine is asked. */
async function sendAway(report: Report): Promise<void> {
  const thief = `http://127.0.0.1:${new URL(FACTS.apiUrl ?? location.href).port}/status`;
  try {
    await fetch(thief, { mode: "no-cors" });
    report.works("It sent what it had to another site.");
  } catch {
    report.refused(
      "A request to another site: the page’s policy names where it may connect to. (A link that is followed still leads anywhere.)",
    );
  }
}

async function actAsUser(report: Report, who: string, sample: boolean): Promise<void> {
  const me = await tracedFetch("server", "GET", "/me");
  report.keep(me.exchange);
  const status = me.response.status;
  report.works(
    `GET /me: ${status}, as ${who}. The browser added the cookie by itself. No server can tell this script from the page, so what the page may do, it may do while the page is open.`,
  );
  const refreshed = await tracedFetch("server", "POST", "/refresh", {
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  report.keep(refreshed.exchange);
  const { access_token: token } = (await refreshed.response.json()) as { readonly access_token?: string };
  if (token === undefined) return;
  report.works("POST /refresh: an access token, good for ten minutes at the most, and never a refresh token.");
  if (!sample) {
    report.say("Sign out, and the API refuses that token within a second. Your own session is left as it is here.");
    return;
  }
  const since = performance.now();
  await signOutHere();
  report.measure(
    "From the sign-out until the API refused the token that it took",
    await untilApiRefuses(token, since),
    BOUND_MS,
  );
  report.refused("The token that it took is dead with the session.");
}
