import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { until } from "../run/until.ts";
import { bodyOf, sending } from "../exchange/exchange.ts";
import type { Header } from "../exchange/exchange.ts";
import {
  outcomeOf,
  bearer,
  exchange,
  FROM_OUR_PAGE,
  get,
  isRefused,
  leave,
  signInByCookie,
  signInByTokens,
  untilApiRefuses,
} from "../sample-user/sign-in.ts";
import type { ByCookie } from "../sample-user/sign-in.ts";
import type { Report } from "../run/run.ts";
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
    try {
      await copyTheCookie(report, victim);
    } finally {
      await leave(victim);
    }
  },
};

async function copyTheCookie(report: Report, victim: ByCookie): Promise<void> {
  const phone = await signInByTokens(null, "The user’s phone");
  try {
    report.say("The Lab made this sign-in itself, so it knows the cookie. A script of the page does not: HttpOnly.");
    const copy: readonly Header[] = [["Cookie", victim.cookie], ["User-Agent", "Device C"], FROM_OUR_PAGE];
    const me = await get(report, "/me", copy);
    const isTaken = me.answer?.status === 200 ? " To the server it is the user’s browser." : "";
    report.judge(isRefused(me.answer?.status), `Device C, with the copied cookie: ${outcomeOf(me)}.${isTaken}`);
    const refreshed = await exchange(report, { method: "POST", path: "/refresh", ...sending({}, null, copy) });
    const { access_token: token } = bodyOf(refreshed);
    const gets = typeof token === "string" ? "It gets an access token for the API, too" : "It asks for an access token";
    report.judge(isRefused(refreshed.answer?.status), `${gets}: ${outcomeOf(refreshed)}.`);

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
      typeof token === "string" ? untilApiRefuses(token, since) : null,
    ]);
    report.measure("Until the server refused device C’s cookie", server, STALENESS_BOUND_MS);
    report.measure("Until the API refused device C’s access token", api, STALENESS_BOUND_MS);
    const after = await get(report, "/me", copy);
    report.judge(isRefused(after.answer?.status), `Device C, after it: ${outcomeOf(after)}.`);
  } finally {
    await leave(phone);
  }
}
