import { signInByCookie, signOut } from "../sample-user/sign-in.ts";
import { count, measured } from "./measure.ts";
import type { Row } from "./row.ts";

const DURATION_MS = 1000;

interface Rates {
  readonly one: number;
  readonly three: number;
}

interface Checks {
  readonly cores: number;
  readonly store: Rates;
  readonly signature: Rates;
  readonly memory: Rates;
}

export const SCALABILITY: Row = {
  id: "scalability",
  name: "Scalability",
  words: { session: "Harder", jwt: "Easier", ours: "Easier" },
  button: "Check with 1 and 3 servers",
  about:
    "A thread stands for a server. One, and then three, check the same session for a second each: by asking the one place that has the sessions, by the token’s signature, and as our verifier does. It takes about ten seconds.",
  async run(report) {
    const signedIn = await signInByCookie(report, "A session that is checked");
    try {
      const { cores, ...rates } = await measured<Checks>("checks", {
        cookie: signedIn.cookie,
        access_token: signedIn.accessToken,
        duration_ms: DURATION_MS,
      });
      report.figure("session", told(rates.store));
      report.figure("jwt", told(rates.signature));
      report.figure("ours", told(rates.memory));
      report.say(
        `Three threads are not three machines: there ${cores === 1 ? "is 1 core" : `are ${count(cores)} cores`} for them, for this server and for all else that runs here, and the factor says what was left. Three machines share nothing, by token.`,
      );
      report.say(
        "By session all three ask one place, which is this server over HTTP, from its memory: with more servers it is that place that is busy. A faster store moves that limit, and does not take it away.",
      );
      report.say(
        "Our verifier remembers what it has verified, so the same token costs a signature once; and a revocation takes it out again.",
      );
    } finally {
      await signOut(signedIn);
    }
  },
};

function told({ one, three }: Rates): string {
  return `${count(one)} checks a second with 1 server, ${count(three)} with 3 (× ${(three / Math.max(one, 1)).toFixed(1)})`;
}
