import { signInByCookie, signOut } from "../sample-user/sign-in.ts";
import { count, measured } from "./measure.ts";
import type { Row } from "./row.ts";

const DURATION_MS = 1000;
const SERVERS = 3;

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
      report.say(
        `Three threads are not three machines: there ${cores === 1 ? "is 1 core" : `are ${count(cores)} cores`} for them, for this server and for all else that runs here, and the factor says what was left. Three machines share nothing, by token.`,
      );
      const shared = cores < SERVERS ? `${coresText(cores)}: three servers share ${cores === 1 ? "it" : "them"}. ` : "";
      report.figure("session", shared + told(rates.store));
      report.figure("jwt", shared + told(rates.signature) + perCore(rates.signature, cores));
      report.figure("ours", shared + told(rates.memory) + perCore(rates.memory, cores));
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

const coresText = (cores: number) => `This machine has ${cores === 1 ? "1 core" : `${count(cores)} cores`}`;

/** Where the servers share cores, what each core did: with one server one of them is at work, with three all are. */
function perCore({ one, three }: Rates, cores: number): string {
  return cores < SERVERS ? `; ${count(one)} and ${count(Math.round(three / cores))} for each core at work` : "";
}
