import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import {
  signInByCookie,
  signInByTokens,
  signOut,
  untilApiRefuses,
  untilServerRefuses,
} from "../sample-user/sign-in.ts";
import { count, measured } from "./measure.ts";
import type { Row } from "./row.ts";

export const LOGOUT: Row = {
  id: "logout",
  name: "Logout",
  words: { session: "Easy", jwt: "Hard", ours: "Easy" },
  button: "Sign out and wait for the refusal",
  about: "How long is a credential still taken after the sign-out: the cookie by the server, a token by the API?",
  async run(report) {
    const byCookie = await signInByCookie(report, "A cookie that is signed out");
    const byTokens = await signInByTokens(report, "A token that is signed out");
    const cookieSince = performance.now();
    await signOut(byCookie, report);
    const cookie = await untilServerRefuses(byCookie.headers, cookieSince);
    report.measure("The cookie, from the sign-out until the server refused it", cookie);
    const tokenSince = performance.now();
    await signOut(byTokens, report);
    const token = await untilApiRefuses(byTokens.accessToken, tokenSince);
    report.measure("The token, from the sign-out until the API refused it", token, STALENESS_BOUND_MS);
    const alone = await measured<{ readonly accepted: boolean; readonly expires_in: number }>("stateless", {
      access_token: byTokens.accessToken,
    });
    report.figure(
      "session",
      cookie === null ? "no refusal within ten seconds" : `refused ${count(cookie)} ms after the sign-out`,
    );
    report.figure(
      "jwt",
      alone.accepted
        ? `still taken now, and for ${count(alone.expires_in)} s more: nothing but its expiry ends it`
        : "refused: it has expired",
    );
    report.figure(
      "ours",
      token === null
        ? "no refusal within ten seconds"
        : `refused by the API ${count(token)} ms after the sign-out, with the same token`,
    );
    report.say(
      "The column in the middle is the same token, checked here by its signature and claims alone, as a service does that follows no revocations.",
    );
  },
};
