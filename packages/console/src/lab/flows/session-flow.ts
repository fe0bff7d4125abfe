import type { Outcome } from "@counterfoil/client";
import { bodyOf, runExchange, tracedFetch } from "../exchange/exchange.ts";
import { KAVYA } from "../sample-user/sign-in.ts";
import { SESSION_WHY as WHY } from "./session-why.ts";
import { cookieSentIn, cookieSetBy, hear, memberOf } from "./step.ts";
import type { Flow, Heard, Step } from "./step.ts";

const LANES = ["This browser", "Server"] as const;
const [BROWSER, SERVER] = [0, 1];

type Asked = Promise<Outcome<{ readonly heard: Heard }>>;

async function logIn(heard: Heard): Asked {
  const headers = { "Content-Type": "application/json" };
  const { exchange } = await tracedFetch("server", "POST", "/login", { headers, body: JSON.stringify(KAVYA) });
  return hear(heard, "login", exchange, 200);
}

async function readRecord(heard: Heard): Asked {
  const { exchange } = await tracedFetch("server", "GET", "/me");
  return hear(heard, "record", exchange, 200);
}

async function openDashboard(heard: Heard): Asked {
  const { exchange } = await tracedFetch("server", "GET", "/dashboard");
  return hear(heard, "dashboard", exchange, 200);
}

async function logOut(heard: Heard): Asked {
  const { exchange } = await tracedFetch("server", "POST", "/logout");
  return hear(heard, "logout", exchange, 204);
}

async function openDashboardAgain(heard: Heard): Asked {
  const { exchange } = await tracedFetch("server", "GET", "/dashboard");
  return hear(heard, "refused", exchange, 401);
}

async function sendCopy(heard: Heard): Asked {
  const cookie =
    (heard["login"] && cookieSetBy(heard["login"])) ?? (heard["dashboard"] && cookieSentIn(heard["dashboard"])) ?? "";
  const sent = await runExchange({
    target: "server",
    method: "GET",
    path: "/dashboard",
    headers: [["Cookie", cookie]],
  });
  return sent.ok ? hear(heard, "copy", sent.exchange, 401) : sent;
}

/** The session that the record is of, in a sentence. */
function recordSentence(heard: Heard): string | null {
  const record = heard["record"];
  if (record === undefined) return null;
  const { user, session } = bodyOf(record) as {
    readonly user: { readonly username: string };
    readonly session: { readonly expires_at: number };
  };
  return `Stored: ${user.username}, until ${timeOf(session.expires_at)} at the latest. Of the cookie’s secret, a hash.`;
}

const TIMES = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const timeOf = (seconds: number) => TIMES.format(seconds * 1000);

const STORED = "The user, the device, when it began and when it ends. That is the state which “stateful” means.";
const RECORD = { of: "record", label: "GET /me", why: WHY.record };
const COOKIE_COMES = "In Set-Cookie, with the flags that keep it: HttpOnly, SameSite, and Secure where there is HTTPS.";

/** Steps 1 to 4, where this page does them. */
const SIGN_IN: readonly Step[] = [
  {
    title: "User logs in",
    text: "The page sends the name and the password, once.",
    arrows: [{ from: BROWSER, to: SERVER, label: "POST /login", of: "login", part: "request", why: WHY.login }],
    run: logIn,
  },
  {
    title: "Server creates a session",
    text: "The password was right, so a record is made. Its sid is a name for it, which opens nothing and may be logged.",
    arrows: [],
    inside: { lane: SERVER, say: (heard) => `Created: ${memberOf(heard["login"], "sid")}` },
  },
  {
    title: "Server stores session data",
    text: STORED,
    arrows: [],
    inside: { lane: SERVER, say: recordSentence },
    shows: RECORD,
    run: readRecord,
  },
  {
    title: "Session ID sent to browser as cookie",
    text: COOKIE_COMES,
    arrows: [{ from: SERVER, to: BROWSER, label: "200", of: "login", part: "answer", why: WHY.loginAnswer }],
  },
];

/** The same, where the reader did them before. */
const SIGNED_IN: readonly Step[] = [
  {
    title: "User logs in",
    text: "You have: this browser is signed in. That request is over; what came of it is looked at here.",
    arrows: [{ from: BROWSER, to: SERVER, label: "POST /login, before", of: null, part: "request" }],
    run: readRecord,
  },
  {
    title: "Server creates a session",
    text: "The password was right, so a record was made. Its sid is a name for it, which opens nothing and may be logged.",
    arrows: [],
    inside: {
      lane: SERVER,
      say: (heard) => {
        const { session } = bodyOf(heard["record"]!) as { readonly session: { readonly sid: string } };
        return `Created: ${session.sid}`;
      },
    },
  },
  {
    title: "Server stores session data",
    text: STORED,
    arrows: [],
    inside: { lane: SERVER, say: recordSentence },
    shows: RECORD,
  },
  {
    title: "Session ID sent to browser as cookie",
    text: COOKIE_COMES,
    arrows: [{ from: SERVER, to: BROWSER, label: "200, before", of: null, part: "answer" }],
  },
];

const USE: readonly Step[] = [
  {
    title: "Browser sends cookie with every request",
    text: "By itself: no line of this page’s script has touched the cookie, nor could one.",
    arrows: [
      { from: BROWSER, to: SERVER, label: "GET /dashboard", of: "dashboard", part: "request", why: WHY.dashboard },
    ],
    run: openDashboard,
  },
  {
    title: "Server verifies session ID",
    text: "It opens the seal, which a forged one has not, and looks whether the record still stands.",
    arrows: [{ from: SERVER, to: BROWSER, label: "200", of: "dashboard", part: "answer", why: WHY.dashboardAnswer }],
    inside: { lane: SERVER, say: (heard) => `Verified: “${memberOf(heard["dashboard"], "message")}”` },
  },
];

function signOut(onlyAs: string | undefined): readonly Step[] {
  return [
    {
      title: "Logout: the record ends",
      text: "Easy to invalidate: the server ends its record, and has the browser drop the cookie.",
      arrows: [
        { from: BROWSER, to: SERVER, label: "POST /logout", of: "logout", part: "request", why: WHY.logout },
        { from: SERVER, to: BROWSER, label: "204", of: "logout", part: "answer", why: WHY.logoutAnswer },
      ],
      ...(onlyAs !== undefined && { onlyAs }),
      run: logOut,
    },
    {
      title: "The next request is refused",
      text: "The browser has no cookie left to send.",
      arrows: [
        { from: BROWSER, to: SERVER, label: "GET /dashboard", of: "refused", part: "request", why: WHY.refused },
        { from: SERVER, to: BROWSER, label: "401", of: "refused", part: "answer", why: WHY.refusedAnswer },
      ],
      run: openDashboardAgain,
    },
    {
      title: "So is a copy of the old cookie",
      text: "Somebody who kept one, sending it by a program of his own, comes to a record that has ended.",
      arrows: [
        { from: BROWSER, to: SERVER, label: "GET /dashboard", of: "copy", part: "request", why: WHY.copy },
        { from: SERVER, to: BROWSER, label: "401", of: "copy", part: "answer", why: WHY.copyAnswer },
      ],
      run: sendCopy,
    },
  ];
}

/** The lesson’s six steps and the end of the session, from a sign-in as kavya. */
export const SESSION_FLOW: Flow = { lanes: LANES, steps: [...SIGN_IN, ...USE, ...signOut(undefined)] };

/** The same with the session that the reader has; it ends only when he asks for that. */
export const OWN_SESSION_FLOW: Flow = {
  lanes: LANES,
  steps: [...SIGNED_IN, ...USE, ...signOut("Next step: sign this browser out")],
};
