import { sending } from "../exchange/exchange.ts";
import type { Exchange, Header } from "../exchange/exchange.ts";
import type { Report } from "../run/run.ts";
import { whileSignedIn, whoIsHere } from "../sample-user/browser-session.ts";
import { areRefused, exchange, isRefused, leave, outcomeOf, signInByCookie } from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";
import { tryFromOtherSite } from "./other-site-frame.ts";
import type { Tried } from "./other-site-frame.ts";

export const OTHER_SITE: Attack = {
  id: "other-site",
  title: "Another site sends a request in the user’s name (CSRF)",
  button: "Open the other site",
  about:
    "A page of another site, in a hidden frame, has this browser post to /logout/all, which would end every session of the user: by a form, by a script’s simple request, and by JSON.",
  defence:
    "SameSite=Lax keeps the cookie off another site’s requests. And the server refuses whatever changes something unless the browser says that it comes from its own pages (Sec-Fetch-Site, or else Origin): a script cannot set either.",
  run: (report) =>
    whileSignedIn(report, async (who) => {
      const tried = await tryFromOtherSite(["form", "simple", "json"]);
      tell(report, "The form", tried.get("form"));
      tell(report, "The script’s simple request", tried.get("simple"));
      tell(report, "The script’s JSON", tried.get("json"));
      const still = await whoIsHere();
      const lives = still === who;
      report.judge(lives, lives ? `The session of ${who} in this browser lives.` : `${who} is signed out.`);
      await withTheCookie(report);
    }),
};

function tell(report: Report, what: string, tried: Tried | undefined): void {
  const { seen = "blocked", exchange: came = null } = tried ?? {};
  if (came === null) {
    report.judge(null, `${what}: nothing of it came to the server.`);
    return;
  }
  report.keep(came);
  const refused = isRefused(came.answer?.status);
  const asked = came.request.method === "OPTIONS";
  const cookie = came.request.headers.some(([name]) => name.toLowerCase() === "cookie") ? "with" : "without";
  const sentence = asked
    ? `${what}: the browser asked first whether it may (${outcomeOf(came)})${refused === true ? ", was told no, and did not send it" : ""}.`
    : `${what}: sent ${cookie} the cookie, Sec-Fetch-Site: ${valueOf(came, "sec-fetch-site")}; answered ${outcomeOf(came)}${seen === "answered" ? "." : ", which that page cannot read."}`;
  report.judge(refused, sentence);
}

function valueOf({ request }: Exchange, header: string): string {
  return request.headers.find(([name]) => name.toLowerCase() === header)?.[1] ?? "none";
}

/** The second line alone: what if a browser sent the cookie? */
async function withTheCookie(report: Report): Promise<void> {
  const signedIn = await signInByCookie(null, "A browser without SameSite");
  try {
    const forge = (from: Header) =>
      exchange(report, {
        method: "POST",
        path: "/logout/all",
        ...sending({}, null, [["Cookie", signedIn.cookie], from]),
      });
    const forged = await forge(["Sec-Fetch-Site", "cross-site"]);
    const old = await forge(["Origin", "https://other-site.example"]);
    const both = [forged, old].map(outcomeOf).join(" and ");
    const sentence = `With the cookie, as from a browser that knows no SameSite: ${both}, by Sec-Fetch-Site and by Origin.`;
    report.judge(areRefused(forged, old), sentence);
  } finally {
    await leave(signedIn);
  }
}
