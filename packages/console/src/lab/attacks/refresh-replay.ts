import { bodyOf } from "../exchange/exchange.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { BOUND_MS } from "../run/run.ts";
import type { Report } from "../run/run.ts";
import {
  askApi,
  outcomeOf,
  bearer,
  exchange,
  get,
  signInByTokens,
  signOut,
  untilApiRefuses,
} from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";

const REUSE_INTERVAL_MS = 30_000;

export const REFRESH_REPLAY: Attack = {
  id: "refresh-replay",
  title: "A stolen refresh token is used again",
  button: "Replay a refresh token",
  about:
    "A thief has copied refresh token 0 of a device. The device has redeemed it already. The thief presents it at once, and once more when 30 seconds are over.",
  defence:
    "A refresh token is for one use. Within 30 seconds the same one gets the same successor, since an honest client whose answer was lost asks again; later, a used token means two holders, and their session ends, with every token of it. The user’s other devices go on.",
  async run(report) {
    const owner = await signInByTokens(report, "The owner’s phone");
    const other = await signInByTokens(null, "The owner’s laptop");
    const rotated = await redeem(report, owner.refreshToken);
    const { refresh_token: successor, access_token: fresh } = tokensOf(rotated);
    report.say(`The owner redeems token 0: ${outcomeOf(rotated)}, token 1 in its place.`);

    const soon = await redeem(report, owner.refreshToken);
    const { refresh_token: same, access_token: stolen } = tokensOf(soon);
    report.works(
      `The thief presents token 0 at once: ${outcomeOf(soon)}, and ${same === successor ? "the same token 1: there is no second line of tokens for the thief to go on with unseen" : "another token"}.`,
    );
    const waited = await report.wait("Token 0 is a used one from the end of this time on.", REUSE_INTERVAL_MS + 1000);
    if (!waited) {
      report.say("You did not wait: token 0 is within its time still. Both devices are signed out.");
      await Promise.all([signOut(owner), signOut(other)]);
      return;
    }
    const since = performance.now();
    const late = await redeem(report, owner.refreshToken);
    const reused = `The thief presents token 0 again: ${outcomeOf(late)}.`;
    if (late.answer?.status === 401) report.refused(reused);
    else report.works(reused);
    await isOver(report, [fresh, stolen], successor, since);
    const status = await askApi(other.accessToken);
    report.say(`The owner’s other device: ${status}. ${status === 200 ? "It goes on." : ""}`);
    report.say("The owner signs in again, and the thief cannot.");
    await signOut(other);
  },
};

async function isOver(report: Report, tokens: readonly string[], successor: string, since: number): Promise<void> {
  for (const [index, token] of tokens.entries()) {
    const whose = index === 0 ? "owner’s" : "thief’s";
    const ms = await untilApiRefuses(token, since);
    report.measure(`From the replay until the API refused the ${whose} access token`, ms, BOUND_MS);
  }
  const at = await get(report, "/me", bearer(tokens[0]!));
  const next = await redeem(report, successor);
  const sentence = `The session is over: the server says ${outcomeOf(at)} to its access token, and ${outcomeOf(next)} to token 1, whoever has it.`;
  if (at.answer?.status === 401 && next.answer?.status === 401) report.refused(sentence);
  else report.works(`It goes on: ${outcomeOf(at)} and ${outcomeOf(next)}.`);
}

function redeem(report: Report, token: string): Promise<Exchange> {
  return exchange(report, { method: "POST", path: "/refresh", headers: bearer(token) });
}

function tokensOf(exchanged: Exchange): { readonly access_token: string; readonly refresh_token: string } {
  const { access_token: access, refresh_token: refresh } = bodyOf(exchanged);
  return { access_token: String(access), refresh_token: String(refresh) };
}
