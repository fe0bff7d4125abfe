import { bearer, exchange, get, isRefused, leave, outcomeOf, signInByTokens } from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";
import { lookEverywhere } from "./injected.ts";

const NAME = "access_token";

export const LOCAL_STORAGE: Attack = {
  id: "local-storage",
  title: "The token is in localStorage",
  button: "Keep a token in localStorage",
  about:
    "As many pages do: a sample user’s access token is put into localStorage for a moment. The same script as in the first attack looks around, and what it finds is used from elsewhere, without this browser.",
  defence:
    "Nothing that opens a session is kept where a script can read it. The cookie is the browser’s alone; the access token is in the page’s memory, for minutes; and a page is given no refresh token at all.",
  async run(report) {
    const signedIn = await signInByTokens(report, "A page that keeps its token in localStorage");
    localStorage.setItem(NAME, signedIn.accessToken);
    try {
      const found = (await lookEverywhere()).find(({ token }) => token !== null);
      const token = found?.token ?? "";
      const none = "The script found no token.";
      const where = `The script finds it in ${found?.name}: ${token.slice(0, 12)}…, ${token.length} characters.`;
      report.judge(found === undefined, found === undefined ? none : where);
      const headers = bearer(token);
      const me = await get(report, "/me", headers);
      const orders = await exchange(report, { target: "api", method: "GET", path: "/orders", headers });
      const elsewhere = `From elsewhere, with that token alone: the server ${outcomeOf(me)}, the API ${outcomeOf(orders)}.`;
      report.judge(isRefused(me.answer?.status), elsewhere);
      report.say(
        "No browser is needed any more, and closing the page does not help. A refresh token there would last for days.",
      );
    } finally {
      localStorage.removeItem(NAME);
      await leave(signedIn);
    }
    const left = (await lookEverywhere()).filter(({ token }) => token !== null);
    report.judge(
      left.length === 0,
      left.length === 0
        ? "Our way: the same script, now that it is gone again, finds no token anywhere."
        : `There is a token in ${left.map(({ name }) => name).join(", ")}.`,
    );
  },
};
