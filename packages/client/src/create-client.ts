import { SESSION_PATHS } from "@counterfoil/protocol";
import type { Client, ClientOptions } from "./client.ts";
import { accessTokenOf, authorizedFetch } from "./fetch/authorized-fetch.ts";
import type { Outcome } from "./outcome/outcome.ts";
import type { ListedSession } from "./session/listed-session.ts";
import { PageSession } from "./session/page-session.ts";
import { ask, outcome, outcomeOf, saysNoSession } from "./server/server.ts";
import type { Answer, Asked } from "./server/server.ts";

/**
 * A page's client: it is signed in by the browser's cookie, which no script sees, and holds an access token in memory.
 * Nothing is sent or opened before its first use, so a module may create it wherever it is evaluated.
 *
 * @throws TypeError if an option is not in its form
 */
export function createClient({ url, apiOrigins = [] }: ClientOptions): Client {
  const base = checkedUrl(url);
  const session = new PageSession(base);

  /** What needs none of the page's own state. */
  function command(path: string, asked: Asked): Promise<Outcome<{ readonly answer: Answer }>> {
    return outcome(async () => {
      const answer = await ask(base + path, asked);
      const seen = outcomeOf(answer);
      if (!seen.ok && saysNoSession(seen.code)) void session.check();
      return seen.ok ? { ok: true, answer } : seen;
    });
  }

  return {
    session: session.store.observable,
    get ready() {
      session.start();
      return session.store.known;
    },
    fetch: authorizedFetch(session, new Set(apiOrigins.map(checkedOrigin))),
    accessToken: () => accessTokenOf(session),
    login: ({ username, password, secondFactor, remember, deviceName }) =>
      session.signIn({
        username,
        password,
        second_factor: secondFactor,
        remember,
        device_name: deviceName,
        // Said, since a browser that sends no `Sec-Fetch-Site` would be given a refresh token.
        transport: "cookie",
      }),
    logout: () => session.logout(),
    register: async ({ username, password }) =>
      done(await command(SESSION_PATHS.register, { body: { username, password } })),
    reauthenticate: ({ password, secondFactor }) =>
      session.proveAgain(SESSION_PATHS.reauthenticate, { password, second_factor: secondFactor }),
    changePassword: ({ password, newPassword, secondFactor }) =>
      session.proveAgain(SESSION_PATHS.password, {
        current_password: password,
        new_password: newPassword,
        second_factor: secondFactor,
      }),
    async sessions() {
      const seen = await command(SESSION_PATHS.sessions, { method: "GET" });
      return seen.ok ? { ok: true, sessions: seen.answer.body["sessions"] as readonly ListedSession[] } : seen;
    },
    async endSession(sid) {
      const seen = await command(`${SESSION_PATHS.sessions}/${encodeURIComponent(sid)}`, { method: "DELETE" });
      if (seen.ok && sid === session.held?.sid) void session.check();
      return done(seen);
    },
    close: () => session.close(),
  };
}

/** Without what the server answered besides. */
function done(seen: Outcome): Outcome {
  return seen.ok ? { ok: true } : seen;
}

/** Without the slash at its end. */
function checkedUrl(url: string): string {
  const isPath = /^\/(?!\/)[^?#]*$/.test(url);
  if (isPath || (URL.canParse(url) && /^https?:\/\/[^?#]+$/.test(url))) return url.replace(/\/+$/, "");
  throw new TypeError(
    `url: ${JSON.stringify(url)} is not where a server can be: "/auth", or "https://example.com/auth".`,
  );
}

function checkedOrigin(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin && !origin.includes("*")) return origin;
  throw new TypeError(
    `apiOrigins: ${JSON.stringify(origin)} is not an origin: "https://api.example.com", without a path.`,
  );
}
