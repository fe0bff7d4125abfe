import { until } from "../run/until.ts";
import { bodyOf, sending } from "../exchange/exchange.ts";
import type { Header } from "../exchange/exchange.ts";
import { BOUND_MS } from "../run/run.ts";
import {
  outcomeOf,
  bearer,
  exchange,
  FROM_OUR_PAGE,
  get,
  signInByCookie,
  signInByTokens,
  signOut,
  untilApiRefuses,
} from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";

export const HIJACKING: Attack = {
  id: "hijacking",
  title: "The session cookie is copied to another device (session hijacking)",
  button: "Copy the cookie to device C",
  about:
    "The Lab signs arjun in by cookie, and copies the cookie to a device C: as malware on the user’s machine could, or somebody who sits at it. Then the user ends it from another device.",
  defence:
    "HttpOnly keeps scripts from the copy, Secure the network, and a sealed value guesses. A copy that was made all the same is good until the session ends: the user sees that session in the list and ends it, and every copy is refused in under a second. Binding the session to the device, so that a copy is good for nothing, comes later.",
  async run(report) {
    const victim = await signInByCookie(report, "The user’s browser");
    const phone = await signInByTokens(null, "The user’s phone");
    report.say("The Lab made this sign-in itself, so it knows the cookie. A script of the page does not: HttpOnly.");
    const copy: readonly Header[] = [["Cookie", victim.cookie], ["User-Agent", "Device C"], FROM_OUR_PAGE];
    const me = await get(report, "/me", copy);
    const sentence = `Device C, with the copied cookie: ${outcomeOf(me)}. To the server it is the user’s browser.`;
    if (me.answer?.status === 200) report.works(sentence);
    else report.refused(sentence);
    const refreshed = await exchange(report, { method: "POST", path: "/refresh", ...sending({}, null, copy) });
    const token = String(bodyOf(refreshed)["access_token"]);
    report.works(`It gets an access token for the API, too: ${outcomeOf(refreshed)}.`);

    const listed = bodyOf(await get(report, "/sessions", bearer(phone.accessToken)))["sessions"];
    const all = Array.isArray(listed) ? (listed as { readonly sid: string; readonly device: string | null }[]) : [];
    const line = all.find(({ sid }) => sid === victim.sid);
    report.say(
      `The user’s list of sessions, on the phone: ${all.length}, among them “${line?.device ?? "none"}”. Device C is no line of its own: it uses that one, so what ends the one ends both.`,
    );
    const since = performance.now();
    const path = `/sessions/${victim.sid}`;
    const ended = await exchange(report, { method: "DELETE", path, headers: bearer(phone.accessToken) });
    report.say(`The user ends it from the phone: ${outcomeOf(ended)}.`);
    const [server, api] = await Promise.all([
      until(async () => (await get(null, "/me", copy)).answer?.status === 401, since),
      untilApiRefuses(token, since),
    ]);
    report.measure("Until the server refused device C’s cookie", server, BOUND_MS);
    report.measure("Until the API refused device C’s access token", api, BOUND_MS);
    report.refused(`Device C, after it: ${outcomeOf(await get(report, "/me", copy))}.`);
    await signOut(phone);
  },
};
