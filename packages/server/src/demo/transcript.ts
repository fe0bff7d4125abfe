import { setTimeout as sleep } from "node:timers/promises";
import { REUSE_INTERVAL_MS, systemClock } from "@counterfoil/core";
import { PATHS, STALENESS_BOUND_MS } from "@counterfoil/protocol";

/** Where the transcript is written, a line at a time. */
export type Print = (line: string) => void;

/** Runs the explain command for an id; as a person would type it. */
export type ExplainCommand = (id: string) => string;

interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where the demonstration is. */
export interface Place {
  readonly issuer: string;
  readonly apiUrl: string;
}

/**
 * A client against the running server and the sample API, over real requests: sign-in, access, refresh, a lost answer,
 * a sign-out that reaches the API, and, once the reuse interval is over, a client that goes on using its first refresh
 * token, as many a first client does.
 */
export async function runTranscript(
  { issuer, apiUrl }: Place,
  print: Print,
  explainCommand: ExplainCommand,
  signal: AbortSignal,
): Promise<void> {
  const post = (path: string, token: string | null, body?: object) => call(issuer, "POST", path, token, body, signal);
  const get = (path: string, token: string | null) => call(issuer, "GET", path, token, undefined, signal);
  const orders = (token: string) => call(apiUrl, "GET", "/orders", token, undefined, signal);

  print("A client without a browser, as arjun, against this server:");
  const signedIn = await post(PATHS.login, null, { username: "arjun", password: "userpass" });
  print(line("POST /login", signedIn, "an access token for 10 minutes, and refresh token 0"));
  const access = text(signedIn, "access_token");
  const first = text(signedIn, "refresh_token");
  const welcome = await get(PATHS.dashboard, access);
  print(
    line("GET  /dashboard", welcome, `"${text(welcome, "message")}": the access token was checked without a look-up`),
  );
  const rotated = await post(PATHS.refresh, first);
  print(line("POST /refresh   token 0", rotated, "a fresh access token, and refresh token 1 in its place"));
  const repeated = await post(PATHS.refresh, first);
  const same = text(repeated, "refresh_token") === text(rotated, "refresh_token");
  print(
    line(
      "POST /refresh   token 0",
      repeated,
      same ? "the same token 1: an answer may have been lost" : "another token",
    ),
  );
  print("Another one, at the API, which checks tokens by itself and asks nobody:");
  const other = await post(PATHS.login, null, { username: "arjun", password: "userpass" });
  const otherAccess = text(other, "access_token");
  print(
    line("GET  API/orders", await orders(otherAccess), "signature, claims and the revocations that it has heard of"),
  );
  print(
    line(
      "POST /logout",
      await post(PATHS.logout, otherAccess),
      "the session ends; its access token has 10 minutes left",
    ),
  );
  await untilRefused(() => orders(otherAccess));
  print(line("GET  API/orders", await orders(otherAccess), "the feed has told the API"));
  print(
    `  In ${REUSE_INTERVAL_MS / 1000} seconds the first client presents token 0 once more, as one does that never keeps the new one.`,
  );
  print("");
  await sleep(REUSE_INTERVAL_MS + 1000, undefined, { signal, ref: false });

  print("The same client, later:");
  const reused = await post(PATHS.refresh, first);
  print(
    line(
      "POST /refresh   token 0",
      reused,
      `${text(reused, "code")}: a used token means two holders, so the session ended`,
    ),
  );
  const after = await get(PATHS.dashboard, text(rotated, "access_token"));
  print(line("GET  /dashboard", after, "its access tokens are refused at once, though not expired"));
  print(
    `  A client keeps the newest refresh token that it gets. Why it was refused: ${explainCommand(reused.requestId)}`,
  );
  print("");
}

/** The demonstration shows that it happens within the bound, and not by a look at the clock. */
async function untilRefused(ask: () => Promise<Answer>): Promise<void> {
  const until = systemClock.monotonic() + STALENESS_BOUND_MS;
  while ((await ask()).status === 200 && systemClock.monotonic() < until) await sleep(1);
}

function line(request: string, { status }: Answer, meaning: string): string {
  return `  ${request.padEnd(24)} ${status}  ${meaning}`;
}

function text({ body }: Answer, member: string): string {
  const value = body[member];
  return typeof value === "string" ? value : "";
}

async function call(
  issuer: string,
  method: string,
  path: string,
  token: string | null,
  body: object | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await fetch(issuer + path, {
    method,
    signal,
    headers: {
      ...(token !== null && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer: unknown = response.status === 204 ? {} : await response.json();
  return {
    status: response.status,
    requestId: response.headers.get("request-id") ?? "",
    body: answer as Answer["body"],
  };
}
