import type { Outcome } from "@counterfoil/client";
import { runExchange, sending } from "../exchange/exchange.ts";
import type { Exchange, ExchangeWish, Target } from "../exchange/exchange.ts";
import { endSession } from "../sample-user/end-session.ts";
import { KAVYA } from "../sample-user/sign-in.ts";
import { hear, memberOf } from "./step.ts";
import type { Flow, Heard } from "./step.ts";
import { TOKEN_WHY as WHY } from "./token-why.ts";

const LANES = ["Client", "Server", "API"] as const;
const [CLIENT, SERVER, API] = [0, 1, 2];

type Asked = Promise<Outcome<{ readonly heard: Heard }>>;

async function ask(heard: Heard, name: string, wish: ExchangeWish, status: number): Asked {
  const sent = await runExchange(wish);
  return sent.ok ? hear(heard, name, sent.exchange, status) : sent;
}

const get = (target: Target, path: string, token: string): ExchangeWish => ({
  target,
  method: "GET",
  path,
  ...sending(null, token),
});

const post = (path: string, token: string): ExchangeWish => ({
  target: "server",
  method: "POST",
  path,
  ...sending(null, token),
});

const firstAccess = (heard: Heard) => memberOf(heard["login"], "access_token");
const newestAccess = (heard: Heard) => memberOf(heard["refresh"], "access_token");
const firstRefresh = (heard: Heard) => memberOf(heard["login"], "refresh_token");
const newestRefresh = (heard: Heard) => memberOf(heard["refresh"], "refresh_token");

/** The bound is a second; more than this is an API that nobody tells anything. */
const PATIENCE_MS = 3000;

/** The server refuses the ended session’s token at once; the API as soon as it has heard. */
async function sendOldToken(heard: Heard): Asked {
  const token = newestAccess(heard);
  const atServer = await ask(heard, "refusedByServer", get("server", "/dashboard", token), 401);
  if (!atServer.ok) return atServer;
  const startedAt = performance.now();
  let last: Exchange | null = null;
  while (last === null || (last.answer?.status === 200 && performance.now() - startedAt < PATIENCE_MS)) {
    const sent = await runExchange(get("api", "/orders", token));
    if (!sent.ok) return sent;
    last = sent.exchange;
  }
  return hear(atServer.heard, "refusedByApi", last, 401);
}

/** The token flow, as a client without a browser goes through it: an app, a command line, another service. */
export const TOKEN_FLOW: Flow = {
  lanes: LANES,
  steps: [
    {
      title: "Login: create tokens",
      text: "A client without a browser sends the name and the password, and gets two tokens: one to use, one to renew it.",
      arrows: [
        { from: CLIENT, to: SERVER, label: "POST /login", of: "login", part: "request", why: WHY.login },
        { from: SERVER, to: CLIENT, label: "200", of: "login", part: "answer", why: WHY.loginAnswer },
      ],
      run: (heard) => ask(heard, "login", { target: "server", method: "POST", path: "/login", ...sending(KAVYA) }, 200),
    },
    {
      title: "Access: a protected route",
      text: "The access token is sent with every request, in the header Authorization, by the client’s own doing.",
      arrows: [
        { from: CLIENT, to: SERVER, label: "GET /dashboard", of: "dashboard", part: "request", why: WHY.access },
        { from: SERVER, to: CLIENT, label: "200", of: "dashboard", part: "answer", why: WHY.accessAnswer },
      ],
      run: (heard) => ask(heard, "dashboard", get("server", "/dashboard", firstAccess(heard)), 200),
    },
    {
      title: "Access: another service",
      text: "The API checks the token by itself, with the server’s public key. It asks nobody.",
      arrows: [
        { from: CLIENT, to: API, label: "GET /orders", of: "orders", part: "request", why: WHY.access },
        { from: API, to: CLIENT, label: "200", of: "orders", part: "answer", why: WHY.apiAnswer },
      ],
      run: (heard) => ask(heard, "orders", get("api", "/orders", firstAccess(heard)), 200),
    },
    {
      title: "Refresh: a new access token",
      text: "The refresh token goes to the server alone. It is spent by that, and the answer has the one to use next.",
      arrows: [
        { from: CLIENT, to: SERVER, label: "POST /refresh", of: "refresh", part: "request", why: WHY.refresh },
        { from: SERVER, to: CLIENT, label: "200", of: "refresh", part: "answer", why: WHY.refreshAnswer },
      ],
      run: (heard) => ask(heard, "refresh", post("/refresh", firstRefresh(heard)), 200),
    },
    {
      title: "Logout",
      text: "Hard for a JWT by itself: nobody can take it back. Here its session ends, and every service is told.",
      arrows: [
        { from: CLIENT, to: SERVER, label: "POST /logout", of: "logout", part: "request", why: WHY.logout },
        { from: SERVER, to: CLIENT, label: "204", of: "logout", part: "answer", why: WHY.logoutAnswer },
      ],
      run: (heard) => ask(heard, "logout", post("/logout", newestRefresh(heard)), 204),
    },
    {
      title: "The old access token is refused",
      text: "It has minutes to live, its signature is good, and both refuse it: the API within a second of the logout.",
      arrows: [
        { from: CLIENT, to: SERVER, label: "GET /dashboard", of: "refusedByServer", part: "request", why: WHY.access },
        { from: SERVER, to: CLIENT, label: "401", of: "refusedByServer", part: "answer", why: WHY.refusedAnswer },
        { from: CLIENT, to: API, label: "GET /orders", of: "refusedByApi", part: "request", why: WHY.access },
        { from: API, to: CLIENT, label: "401", of: "refusedByApi", part: "answer", why: WHY.refusedAnswer },
      ],
      run: sendOldToken,
    },
    {
      title: "The refresh token is refused, too",
      text: "Without a session there is nothing to renew: the user signs in again.",
      arrows: [
        { from: CLIENT, to: SERVER, label: "POST /refresh", of: "over", part: "request", why: WHY.refresh },
        { from: SERVER, to: CLIENT, label: "401", of: "over", part: "answer", why: WHY.overAnswer },
      ],
      run: (heard) => ask(heard, "over", post("/refresh", newestRefresh(heard)), 401),
    },
  ],
};

/** Ends the session that an unfinished flow has opened. */
export function leaveTokenFlow(heard: Heard): void {
  const token = newestRefresh(heard) || firstRefresh(heard);
  if (token !== "" && heard["logout"] === undefined) endSession(token);
}
