import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { bodyOf } from "../exchange/exchange.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { RunFailed } from "../run/run.ts";
import type { Report } from "../run/run.ts";
import {
  areRefused,
  askApi,
  outcomeOf,
  bearer,
  exchange,
  get,
  isRefused,
  leave,
  signInByTokens,
  untilApiRefuses,
} from "../sample-user/sign-in.ts";
import type { ByTokens } from "../sample-user/sign-in.ts";
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
    try {
      await replay(report, owner);
    } finally {
      await leave(owner);
    }
  },
};

async function replay(report: Report, owner: ByTokens): Promise<void> {
  const other = await signInByTokens(null, "The owner’s laptop");
  try {
    const rotated = await redeem(report, owner.refreshToken);
    const { refresh_token: successor, access_token: fresh } = tokensOf(rotated);
    report.say(`The owner redeems token 0: ${outcomeOf(rotated)}, token 1 in its place.`);

    const soon = await redeem(report, owner.refreshToken);
    const { refresh_token: same, access_token: stolen } = tokensOf(soon);
    const got =
      same === successor
        ? "the same token 1: there is no second line of tokens for the thief to go on with unseen"
        : "another token";
    const soonRefused = isRefused(soon.answer?.status);
    report.judge(
      soonRefused,
      `The thief presents token 0 at once: ${outcomeOf(soon)}${soonRefused === false ? `, and ${got}` : ""}.`,
    );
    const waited = await report.wait("Token 0 is a used one from the end of this time on.", REUSE_INTERVAL_MS + 1000);
    if (!waited) {
      report.say("You did not wait: token 0 is within its time still. Both devices are signed out.");
      return;
    }
    const since = performance.now();
    const late = await redeem(report, owner.refreshToken);
    report.judge(isRefused(late.answer?.status), `The thief presents token 0 again: ${outcomeOf(late)}.`);
    await isOver(report, [fresh, stolen], successor, since);
    const status = await askApi(other.accessToken);
    report.say(`The owner’s other device: ${status}. ${status === 200 ? "It goes on." : ""}`);
  } finally {
    await leave(other);
  }
}

async function isOver(report: Report, tokens: readonly string[], successor: string, since: number): Promise<void> {
  for (const [index, token] of tokens.entries()) {
    const whose = index === 0 ? "owner’s" : "thief’s";
    const ms = await untilApiRefuses(token, since);
    report.measure(`From the replay until the API refused the ${whose} access token`, ms, STALENESS_BOUND_MS);
  }
  const at = await get(report, "/me", bearer(tokens[0]!));
  const next = await redeem(report, successor);
  const refused = areRefused(at, next);
  const so = { true: "The session is over", false: "It goes on", null: "Whether it is over cannot be seen now" };
  report.judge(
    refused,
    `${so[`${refused}`]}: the server says ${outcomeOf(at)} to its access token, and ${outcomeOf(next)} to token 1, whoever has it.`,
  );
  if (refused === true) report.say("The owner signs in again, and the thief cannot.");
}

function redeem(report: Report, token: string): Promise<Exchange> {
  return exchange(report, { method: "POST", path: "/refresh", headers: bearer(token) });
}

function tokensOf(exchanged: Exchange): { readonly access_token: string; readonly refresh_token: string } {
  const { access_token: access, refresh_token: refresh } = bodyOf(exchanged);
  if (typeof access !== "string") throw new RunFailed(`There is no next token: ${outcomeOf(exchanged)}. Try again.`);
  return { access_token: access, refresh_token: String(refresh) };
}
