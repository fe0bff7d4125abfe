import { Agent, request as send } from "node:http";
import type { OutgoingHttpHeaders } from "node:http";
import type { Answer } from "./answer.ts";
import { checkAnswer } from "./answer.ts";
import { checkDescribed } from "./described.ts";
import type { Journal } from "./journal.ts";

/** Where to send a request. */
export interface Target {
  readonly port: number;
  readonly issuer: string;
  readonly journal: Journal;
}

export interface Carried {
  /** An access or refresh token, in `Authorization`. */
  readonly token?: string | undefined;
  /** A session token. Its name is the issuer's, and the request says that it comes from the issuer's own pages. */
  readonly cookie?: string | undefined;
  /** An object goes as JSON; text and bytes go as they are. */
  readonly body?: object | string | undefined;
  /** Goes as a form, as under `/oauth/`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Over all others; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request over a real socket. Every answer is held against what all answers keep to. */
export async function call(target: Target, method: string, path: string, carried: Carried = {}): Promise<Answer> {
  const { origin, protocol, host } = new URL(target.issuer);
  const { token, cookie, body } = carried;
  const form = carried.form && new URLSearchParams(carried.form).toString();
  const bytes = form ?? (typeof body === "object" && !(body instanceof Uint8Array) ? JSON.stringify(body) : body);
  const headers: Record<string, string | string[] | undefined> = {
    Host: host,
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(cookie !== undefined && { Cookie: `${cookieName(target)}=${cookie}`, Origin: origin }),
    ...(bytes !== undefined && {
      "Content-Type": form === undefined ? "application/json" : "application/x-www-form-urlencoded",
      "Content-Length": String(Buffer.byteLength(bytes)),
    }),
    ...carried.headers,
  };
  const answer = await exchange(target.port, method, path, defined(headers), bytes);
  if (typeof body === "object") target.journal.note(body as Record<string, unknown>);
  target.journal.note(answer.body);
  for (const setCookie of answer.setCookies) target.journal.noteCookie(setCookie);
  checkAnswer(answer, protocol === "https:", new URL(path, target.issuer).pathname);
  checkDescribed(target.issuer, { method, path }, answer);
  return answer;
}

export function cookieName(target: Target): string {
  return target.issuer.startsWith("https:") ? "__Host-session_id" : "session_id";
}

function defined(headers: Readonly<Record<string, string | string[] | undefined>>): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

function exchange(
  port: number,
  method: string,
  path: string,
  headers: OutgoingHttpHeaders,
  body: string | Uint8Array | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send({ host: "127.0.0.1", port, method, path, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
          setCookies: response.headers["set-cookie"] ?? [],
        });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
