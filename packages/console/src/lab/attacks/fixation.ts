import type { Report } from "../run/run.ts";
import { FROM_OUR_PAGE, get, isRefused, KAVYA, leave, outcomeOf, signInByCookie } from "../sample-user/sign-in.ts";
import type { ByCookie } from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";

export const FIXATION: Attack = {
  id: "fixation",
  title: "A planted session cookie (session fixation)",
  button: "Plant a cookie",
  about:
    "An attacker puts a cookie that he knows into the victim’s browser: first one that he invented, then one of his own session. The victim signs in with it there. Does the value that he knows open the victim’s session?",
  defence:
    "The server takes no session token that it did not seal itself, and every sign-in makes a new one and ends the session that the browser had before: what was known before the sign-in is good for nothing after it.",
  async run(report) {
    const { cookie: sample, ...attacker } = await signInByCookie(report, "The attacker’s browser");
    const own: ByCookie = { cookie: sample, ...attacker };
    try {
      const [name = ""] = sample.split("=", 1);
      const invented = `${name}=cfs_${"A".repeat(sample.length - name.length - 5)}`;
      const before = await get(report, "/me", [["Cookie", invented]]);
      const refused = isRefused(before.answer?.status);
      const opens = refused === true ? " It opens nothing by itself." : "";
      report.judge(refused, `The invented value, before the sign-in: ${outcomeOf(before)}.${opens}`);
      await plant(report, "the invented value", invented);
      await plant(report, "the attacker’s own cookie", sample);
    } finally {
      await leave(own);
    }
  },
};

/** The victim is another user than the attacker: kavya. */
async function plant(report: Report, what: string, planted: string): Promise<void> {
  const victim = await signInByCookie(report, "The victim’s browser", KAVYA, [["Cookie", planted]]);
  try {
    const mine = await get(report, "/me", victim.headers);
    const his = await get(report, "/me", [["Cookie", planted], FROM_OUR_PAGE]);
    const fresh = victim.cookie !== planted;
    const sentence = `The victim signs in with ${what} in the browser, and gets ${fresh ? "another" : "the same"} one, to which the server says ${outcomeOf(mine)}. The planted value afterwards: ${outcomeOf(his)}.`;
    report.judge(fresh && isRefused(his.answer?.status), sentence);
  } finally {
    await leave(victim);
  }
}
