import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { tracedFetch } from "../exchange/exchange.ts";
import { pause } from "../run/until.ts";
import type { Report } from "../run/run.ts";
import { signOutHere, whileSignedIn } from "../sample-user/browser-session.ts";
import { askApi, isRefused, untilApiRefuses } from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";
import { lookEverywhere } from "./injected.ts";
import { otherSiteOrigin } from "./other-site-frame.ts";

export const SCRIPT: Attack = {
  id: "script",
  title: "A script reads the cookie and the storages (XSS)",
  button: "Inject a script",
  about:
    "Markup with a script is put into this page. Then a script that runs already looks in document.cookie, localStorage, sessionStorage and IndexedDB.",
  defence:
    "The page’s policy runs no script that the server did not send with it, and the session cookie is HttpOnly: the browser shows it to no script. A script that runs all the same can act as the user while the page is open, and takes nothing along that outlives the sign-out.",
  run: (report) =>
    whileSignedIn(report, async (who, sampleSid) => {
      await injectMarkup(report);
      report.say("Suppose that a script runs all the same: the rest of this is done by one.");
      await look(report);
      await sendAway(report);
      await actAsUser(report, who, sampleSid);
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
    const taken = "The markup was taken, and the page’s policy did not run the script in it.";
    report.judge(!ran.it, ran.it ? "The markup’s script ran in this page." : taken);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    report.judge(true, "Markup from text: the browser refuses to make any in this page (TypeError, by Trusted Types).");
  } finally {
    removeEventListener("injected", note);
  }
}

async function look(report: Report): Promise<void> {
  for (const { name, entries, token } of await lookEverywhere()) {
    if (token !== null) report.judge(false, `${name}: a token, ${token.slice(0, 12)}…`);
    else if (entries === null) report.judge(null, `${name}: could not be read just now.`);
    else if (entries === 0) report.judge(true, `${name}: empty.`);
    else report.judge(true, `${name}: ${entries} of this site’s own entries, and no token among them.`);
  }
}

/** To the page of another site that the demonstration has: nothing beyond this machine is asked. */
async function sendAway(report: Report): Promise<void> {
  const thief = otherSiteOrigin();
  // A request that fails for any other reason, such as that nobody is there, looks the same to a script.
  const forbidden = { it: false };
  const note = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
    if (effectiveDirective === "connect-src" && blockedURI.startsWith(thief)) forbidden.it = true;
  };
  document.addEventListener("securitypolicyviolation", note);
  try {
    await fetch(`${thief}/status`, { mode: "no-cors" });
    report.judge(false, "It sent what it had to another site.");
  } catch {
    // The browser tells of it when it has the time.
    for (let waited = 0; !forbidden.it && waited < 20; waited++) await pause(50);
    if (forbidden.it) {
      report.judge(
        true,
        "A request to another site: the page’s policy names where it may connect to. (A link that is followed still leads anywhere.)",
      );
    } else report.judge(null, "A request to another site failed, and not by the page’s policy: nobody is there.");
  } finally {
    document.removeEventListener("securitypolicyviolation", note);
  }
}

async function actAsUser(report: Report, who: string, sampleSid: string | null): Promise<void> {
  const me = await tracedFetch("server", "GET", "/me");
  report.keep(me.exchange);
  const status = me.response.status;
  const asUser = `GET /me: ${status}, as ${who}. The browser added the cookie by itself. No server can tell this script from the page, so what the page may do, it may do while the page is open.`;
  report.judge(isRefused(status), status === 200 ? asUser : `GET /me: ${status}.`);
  const refreshed = await tracedFetch("server", "POST", "/refresh", {
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  report.keep(refreshed.exchange);
  const { access_token: token } = (await refreshed.response.json()) as { readonly access_token?: string };
  if (token === undefined) {
    report.judge(isRefused(refreshed.response.status), `POST /refresh: ${refreshed.response.status}, and no token.`);
    return;
  }
  report.judge(false, "POST /refresh: an access token, good for ten minutes at the most, and never a refresh token.");
  if (sampleSid === null) {
    report.say("Sign out, and the API refuses that token within a second. Your own session is left as it is here.");
    return;
  }
  const since = performance.now();
  await signOutHere(sampleSid);
  const ms = await untilApiRefuses(token, since);
  report.measure("From the sign-out until the API refused the token that it took", ms, STALENESS_BOUND_MS);
  const says = await askApi(token);
  report.judge(
    isRefused(says),
    says === 401
      ? "The token that it took is dead with the session."
      : `What the API says to the token that it took: ${says === 0 ? "nothing" : says}.`,
  );
}
