import { readStatus } from "../devices/status.ts";
import { AWAY } from "../exchange/exchange.ts";
import { RunFailed } from "../run/run.ts";
import { askApi, signInByCookie, signOut } from "../sample-user/sign-in.ts";
import { count, measured } from "./measure.ts";
import type { Row } from "./row.ts";

const REQUESTS = 20;

export const STATELESS: Row = {
  id: "stateless",
  name: "Stateless",
  words: { session: "No", jwt: "Yes", ours: "Where it is checked" },
  button: "Count the look-ups",
  about: `${REQUESTS} requests of one session: how often does checking them read the ledger, or ask the server?`,
  async run(report) {
    const signedIn = await signInByCookie(report, "A session that is looked up");
    try {
      const [, sessionToken = ""] = signedIn.cookie.split(/=(.*)/);
      const looked = await measured<{
        readonly without_memory: number;
        readonly with_memory: number;
        readonly accepted: number;
      }>("look-ups", { session_token: sessionToken, checks: REQUESTS });
      const before = await requestsOfApi();
      let letIn = 0;
      for (let at = 0; at < REQUESTS; at++) if ((await askApi(signedIn.accessToken)) === 200) letIn++;
      const asked = (await requestsOfApi()) - before;
      report.figure("session", `${count(looked.without_memory)} look-ups for ${REQUESTS} requests`);
      report.figure("jwt", `0 look-ups: the signature and the claims say it all, though not whether it was revoked`);
      report.figure(
        "ours",
        `by cookie ${count(looked.with_memory)} look-up for ${REQUESTS} requests; by token the API asked the server ${count(asked)} times`,
      );
      report.say(
        `By cookie the ${REQUESTS} are checked twice, without a memory and with it: ${count(looked.accepted)} of ${count(2 * REQUESTS)} checks let the session in. By token ${count(letIn)} of ${REQUESTS} did.`,
      );
      report.say(
        "What the server remembers it uses for five minutes, and the feed of revocations tells it at once what has ended. The same feed comes to the API by itself, however many requests there are.",
      );
    } finally {
      await signOut(signedIn);
    }
  },
};

async function requestsOfApi(): Promise<number> {
  const status = await readStatus();
  if (status === null) throw new RunFailed(AWAY);
  return status.api.requests;
}
