import { FACTS } from "../../facts.ts";
import { until } from "../run/until.ts";
import { bodyOf, runExchange, sending } from "../exchange/exchange.ts";
import type { Exchange, ExchangeWish, Header } from "../exchange/exchange.ts";
import { decodeToken } from "../token/jwt.ts";
import { RunFailed } from "../run/run.ts";
import type { Report } from "../run/run.ts";

/** The demonstration's users; everybody knows their passwords. */
export const ARJUN = { username: "arjun", password: "userpass" } as const;
export const KAVYA = { username: "kavya", password: "password123" } as const;

/** What a browser's page says of itself, and what nothing but a browser is kept from saying. */
export const FROM_OUR_PAGE: Header = ["Origin", location.origin];

/** @throws RunFailed if the Lab's server is out of reach */
export async function exchange(
  report: Report | null,
  wish: Omit<ExchangeWish, "target"> & Partial<Pick<ExchangeWish, "target">>,
): Promise<Exchange> {
  const done = await runExchange({ target: "server", ...wish });
  if (!done.ok) throw new RunFailed(done.error);
  report?.keep(done.exchange);
  return done.exchange;
}

export const get = (report: Report | null, path: string, headers: readonly Header[]) =>
  exchange(report, { method: "GET", path, headers });

export const bearer = (token: string): readonly Header[] => [["Authorization", `Bearer ${token}`]];

export interface ByTokens {
  readonly sid: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Signs a sample user in as an application without a browser does. */
export async function signInByTokens(report: Report | null, deviceName: string): Promise<ByTokens> {
  const body = { ...ARJUN, device_name: deviceName };
  const login = await exchange(report, { method: "POST", path: "/login", ...sending(body) });
  const { access_token: accessToken, refresh_token: refreshToken } = bodyOf(login);
  if (typeof accessToken !== "string" || typeof refreshToken !== "string") throw notSignedIn(login);
  return { sid: sidIn(accessToken), accessToken, refreshToken };
}

export interface ByCookie {
  readonly sid: string;
  readonly accessToken: string;
  /** `name=value`, as it goes in `Cookie`. */
  readonly cookie: string;
  readonly headers: readonly Header[];
}

/** Signs a sample user in as a browser does, by requests that this page has sent: so the Lab knows the cookie. */
export async function signInByCookie(
  report: Report | null,
  deviceName: string,
  user: { readonly username: string; readonly password: string } = ARJUN,
  planted: readonly Header[] = [],
): Promise<ByCookie> {
  const body = { ...user, transport: "cookie", device_name: deviceName };
  const wish = sending(body, null, [FROM_OUR_PAGE, ...planted]);
  const login = await exchange(report, { method: "POST", path: "/login", ...wish });
  const { access_token: accessToken } = bodyOf(login);
  const set = login.answer?.headers.find(([name]) => name.toLowerCase() === "set-cookie")?.[1];
  const [cookie = ""] = (set ?? "").split(";", 1);
  if (typeof accessToken !== "string" || cookie === "") throw notSignedIn(login);
  return { sid: sidIn(accessToken), accessToken, cookie, headers: [["Cookie", cookie], FROM_OUR_PAGE] };
}

/** Leaves nothing behind; that it is over already is as good. */
export async function signOut(signedIn: ByTokens | ByCookie, report: Report | null = null): Promise<Exchange> {
  const headers = "cookie" in signedIn ? signedIn.headers : bearer(signedIn.refreshToken);
  return exchange(report, { method: "POST", path: "/logout", headers });
}

/** The same, whatever became of it. */
export async function leave(signedIn: ByTokens | ByCookie): Promise<void> {
  await signOut(signedIn).catch(() => undefined);
}

/** Whether a request was refused; `null` where none has decided it: no answer came, or one of a server in trouble. */
export function isRefused(status: number | undefined): boolean | null {
  if (status === undefined || status === 0 || status >= 500) return null;
  return status >= 400;
}

/** The same of requests that have to be refused, all of them. */
export function areRefused(...all: readonly Exchange[]): boolean | null {
  const decided = all.map(({ answer }) => isRefused(answer?.status));
  if (decided.includes(false)) return false;
  return decided.includes(null) ? null : true;
}

/** What was answered, in a few characters. */
export function outcomeOf(done: Exchange): string {
  const { code } = bodyOf(done);
  return done.answer === null ? "no answer" : `${done.answer.status}${typeof code === "string" ? ` ${code}` : ""}`;
}

/** An API that has not answered by then does not. */
const PATIENCE_MS = 5000;

/** What the API says to a token, asked straight from this page; 0 where it does not answer. */
export async function askApi(token: string): Promise<number> {
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const url = `${FACTS.apiUrl ?? ""}/orders`;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url, { headers, credentials: "omit", redirect: "error", signal });
    return response.status;
  } catch {
    return 0;
  }
}

/** How long until the API refuses a token. */
export function untilApiRefuses(token: string, since: number): Promise<number | null> {
  return until(async () => (await askApi(token)) === 401, since);
}

/** How long until the server refuses what these headers carry. */
export function untilServerRefuses(headers: readonly Header[], since: number): Promise<number | null> {
  return until(async () => (await get(null, "/me", headers)).answer?.status === 401, since);
}

/** A client has no need to look into an access token: this is to show what is in it. */
export function claimsIn(accessToken: string): Readonly<Record<string, unknown>> {
  return decodeToken(accessToken)?.payload ?? {};
}

const sidIn = (accessToken: string) => String(claimsIn(accessToken)["sid"]);

function notSignedIn(refused: Exchange): RunFailed {
  return new RunFailed(`The sample user was not signed in: ${outcomeOf(refused)}. Try again in a minute.`);
}
