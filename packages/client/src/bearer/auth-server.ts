import { SESSION_PATHS as PATHS } from "@counterfoil/protocol";
import type { SignInWish } from "../client.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { ClientError } from "../server/client-error.ts";
import { outcome } from "../server/server.ts";
import type { User } from "../session/session-state.ts";
import { unavailable } from "./exchange.ts";
import type { Answer, Exchange, Question } from "./exchange.ts";
import { isObject, isToken, readUser } from "./record.ts";

export interface AccessToken {
  readonly token: string;
  readonly expiresInMs: number;
  /** The milliseconds since it was asked for: it may have been made as early as that. */
  readonly age: () => number;
}

export interface Tokens {
  readonly access: AccessToken;
  readonly refreshToken: string;
}

/** `over`: the session that the token was of is no more. */
export type Redeemed = { readonly outcome: "redeemed"; readonly tokens: Tokens } | { readonly outcome: "over" };

export interface Redemption {
  readonly refreshToken: string;
  readonly key: string;
  /** Nobody is there: it is no activity. */
  readonly background: boolean;
}

export type BearerSignIn = Omit<SignInWish, "remember">;

/** What a bearer client says to the server. Each is one attempt. Whatever is no answer of the server's is a fault. */
export class AuthServer {
  readonly #exchange: Exchange;
  readonly #url: string;
  readonly #disposed: AbortSignal;

  constructor(exchange: Exchange, url: string, disposed: AbortSignal) {
    this.#exchange = exchange;
    this.#url = url;
    this.#disposed = disposed;
  }

  /** Never sent twice by itself: each sign-in opens a session. */
  async login(wish: BearerSignIn): Promise<Outcome<{ readonly tokens: Tokens }>> {
    const { username, password, secondFactor, deviceName } = wish;
    const optional = { second_factor: secondFactor, device_name: deviceName };
    const body = { username, password, transport: "bearer", ...optional };
    return outcome(async () => {
      const answer = await this.#ask("POST", PATHS.login, { body });
      const tokens = answer.status === 200 ? readTokens(answer) : null;
      if (tokens !== null) return { ok: true, tokens };
      throw this.#fault(PATHS.login, answer);
    });
  }

  /** @throws ClientError for whatever says neither: nobody is signed out by it */
  async refresh({ refreshToken, key, background }: Redemption): Promise<Redeemed> {
    const answer = await this.#ask("POST", PATHS.refresh, {
      token: refreshToken,
      headers: { "Idempotency-Key": key },
      ...(background && { body: { background } }),
    });
    const tokens = answer.status === 200 ? readTokens(answer) : null;
    if (tokens !== null) return { outcome: "redeemed", tokens };
    if (answer.code === "invalid_grant") return { outcome: "over" };
    throw this.#fault(PATHS.refresh, answer);
  }

  /** Resolves when the server has confirmed that the session has ended. */
  async logout(refreshToken: string): Promise<void> {
    const answer = await this.#ask("POST", PATHS.logout, { token: refreshToken });
    if (answer.status !== 204) throw this.#fault(PATHS.logout, answer);
  }

  async me(accessToken: string): Promise<{ readonly user: User; readonly sid: string }> {
    const answer = await this.#ask("GET", PATHS.me, { token: accessToken });
    const user = readUser(answer.body["user"]);
    const session = answer.body["session"];
    const sid = isObject(session) ? session["sid"] : undefined;
    if (answer.status === 200 && user !== null && typeof sid === "string") return { user, sid };
    throw this.#fault(PATHS.me, answer);
  }

  #ask(method: "GET" | "POST", path: string, carried: Pick<Question, "token" | "body" | "headers">): Promise<Answer> {
    return this.#exchange.ask({ method, url: this.#url + path, ...carried }, this.#disposed);
  }

  /** In the server's own words, where it is the server that answered. */
  #fault(path: string, { status, code, body, retryAfterSeconds }: Answer): ClientError {
    if (code === null) return unavailable(`${this.#url + path} answered ${status}.`, retryAfterSeconds);
    return new ClientError({ ok: false, code, error: String(body["error"]), retryAfterSeconds });
  }
}

function readTokens({ body, age }: Answer): Tokens | null {
  const { access_token: token, refresh_token: refreshToken, expires_in: seconds } = body;
  if (!isToken(token) || !isToken(refreshToken) || typeof seconds !== "number" || !(seconds > 0)) return null;
  return { access: { token, expiresInMs: seconds * 1000, age }, refreshToken };
}
