import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { ERRORS } from "@counterfoil/protocol";
import type { ErrorCode } from "@counterfoil/protocol";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The JSON object of the body; `{}` where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly setCookies: readonly string[];
}

/** All of an answer that may tell one cause from another: what is left out differs for one and the same as well. */
export function outsideOf({ status, headers, text }: Answer): string {
  const told = Object.entries(headers).filter(([name]) => name !== "date" && name !== "request-id");
  return JSON.stringify([status, text, told]);
}

/** What every answer of every run keeps to; a test that talks to a server checks it by talking. */
export function checkAnswer(answer: Answer, secure: boolean, path = ""): void {
  const { status, headers, text, setCookies } = answer;
  checkHeaders(headers, secure);
  if (status >= 400) checkError(answer, path.startsWith("/oauth/") && status !== 404);
  if (status === 503 || status === 429) assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/);
  if (status === 204) assert.equal(text, "");
  if (setCookies.length > 0 || "access_token" in answer.body) assert.equal(headers["cache-control"], "no-store");
  assert.ok(setCookies.length <= 1, "one cookie at most");
  for (const setCookie of setCookies) checkSetCookie(setCookie, secure, text);
}

/** R098, R100, R101: on every answer, whatever it says. */
function checkHeaders(headers: IncomingHttpHeaders, secure: boolean): void {
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(headers["cross-origin-resource-policy"], "same-origin");
  assert.match(String(headers["content-security-policy"]), /^default-src 'none'; frame-ancestors 'none'/);
  assert.equal(headers["strict-transport-security"], secure ? "max-age=31536000; includeSubDomains" : undefined);
  assert.equal(headers["server"] ?? headers["x-powered-by"], undefined);
}

/** The one form of an error: a sentence and a code of the union, with the code's status, and no detail of ours. */
function checkError(answer: Answer, oauth: boolean): void {
  const { status, headers, text, body } = answer;
  assert.notEqual(status, 500, text);
  assert.equal(headers["cache-control"], "no-store");
  if (text === "") return; // the answer to a HEAD
  assert.equal(headers["content-type"], "application/json; charset=utf-8");
  if (oauth) return checkOauthError(answer);
  assert.deepEqual(Object.keys(body), ["error", "code"], text);
  const { error, code } = body;
  assert.ok(typeof error === "string" && error.length > 0 && error.length < 500);
  assert.doesNotMatch(error, /\bat .*:\d+:\d+|node:|Error:/);
  assert.ok(typeof code === "string" && code in ERRORS, text);
  // Node's parser refuses before there is a request, and has its own status for what took too long or was too large.
  if (status !== 408 && status !== 431) assert.equal(status, ERRORS[code as ErrorCode].status, text);
}

/** RFC 6749 §5.2: a code, and a sentence of the characters that it allows. */
function checkOauthError({ status, text, body }: Answer): void {
  assert.deepEqual(Object.keys(body), ["error", "error_description"], text);
  assert.match(String(body["error"]), /^[a-z_]+$/);
  assert.match(String(body["error_description"]), /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,500}$/);
  const { error } = body;
  const expected = error === "invalid_client" ? [401] : [400, 403, 405, 413, 415, 429, 503];
  assert.ok(expected.includes(status), text);
  assert.equal(status === 503 || status === 429, error === "temporarily_unavailable", text);
}

/** R079 to R084. */
function checkSetCookie(setCookie: string, secure: boolean, text: string): void {
  const [pair = "", ...attributes] = setCookie.split("; ");
  const [name, value] = pair.split("=") as [string, string];
  assert.equal(name, secure ? "__Host-session_id" : "session_id");
  assert.match(value, /^(?:cfs_[\w-]{50})?$/);
  assert.ok(pair.length <= 4096);
  const bare = attributes.filter((attribute) => !attribute.startsWith("Max-Age="));
  assert.deepEqual(bare, ["Path=/", ...(secure ? ["Secure"] : []), "HttpOnly", "SameSite=Lax"]);
  if (value === "") assert.ok(attributes.includes("Max-Age=0"));
  else assert.ok(!text.includes(value), "a cookie's value travels in Set-Cookie alone");
}
