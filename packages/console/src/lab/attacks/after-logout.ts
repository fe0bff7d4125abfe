import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import {
  outcomeOf,
  bearer,
  claimsIn,
  exchange,
  isRefused,
  leave,
  signInByTokens,
  signOut,
  untilApiRefuses,
  untilServerRefuses,
} from "../sample-user/sign-in.ts";
import type { ByTokens } from "../sample-user/sign-in.ts";
import type { Report } from "../run/run.ts";
import type { Attack } from "./attack.ts";

export const AFTER_LOGOUT: Attack = {
  id: "after-logout",
  title: "A stolen access token is used after the sign-out",
  button: "Use a token after the sign-out",
  about:
    "A thief has copied an access token. The user signs out. The token is signed and has minutes to live, and the API checks tokens by itself: for how long does it let the thief in?",
  defence:
    "The server tells every API within a second which sessions have ended, and an API that hears nothing for a second lets nobody in until it has caught up. So a token dies with its session, and not when it expires.",
  async run(report) {
    const device = await signInByTokens(report, "A device whose token was copied");
    try {
      await useAfterwards(report, device);
    } finally {
      await leave(device);
    }
  },
};

async function useAfterwards(report: Report, device: ByTokens): Promise<void> {
  const { accessToken } = device;
  const headers = bearer(accessToken);
  const before = await exchange(report, { target: "api", method: "GET", path: "/orders", headers });
  const isTaken = before.answer?.status === 200 ? " Whoever bears a token is taken for the user." : "";
  report.judge(isRefused(before.answer?.status), `The thief, before the sign-out: ${outcomeOf(before)}.${isTaken}`);
  const since = performance.now();
  const out = await signOut(device, report);
  report.say(`The user signs out: ${outcomeOf(out)}.`);
  const [api, server] = await Promise.all([untilApiRefuses(accessToken, since), untilServerRefuses(headers, since)]);
  report.measure("From the sign-out until the API refused the token", api, STALENESS_BOUND_MS);
  report.measure("From the sign-out until the server refused it", server);
  const { exp, iat } = claimsIn(accessToken);
  const minutes = Math.round((Number(exp) - Number(iat)) / 60);
  const after = await exchange(report, { target: "api", method: "GET", path: "/orders", headers });
  const sentence = `The thief, after it: ${outcomeOf(after)}, though the token was signed for ${minutes} minutes.`;
  report.judge(isRefused(after.answer?.status), sentence);
}
