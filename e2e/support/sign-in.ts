import assert from "node:assert/strict";
import { decodeBase64Url } from "@counterfoil/protocol";
import type { AccessTokenClaims } from "@counterfoil/protocol";
import type { Answer } from "./answer.ts";
import type { Carried, Target } from "./http.ts";
import { call } from "./http.ts";

export const KAVYA = { username: "kavya", password: "password123" } as const;
export const ARJUN = { username: "arjun", password: "userpass" } as const;

/** A sign-in, as whoever made it holds it. */
export interface SignedIn {
  readonly answer: Answer;
  readonly access: string;
  readonly refresh: string;
  readonly cookie: string;
  readonly sid: string;
  readonly sub: string;
}

/** Signs in by name and password; what the transport does not give is an empty text. */
export async function signIn(target: Target, body: object, carried: Omit<Carried, "body"> = {}): Promise<SignedIn> {
  const answer = await call(target, "POST", "/login", { ...carried, body });
  assert.equal(answer.status, 200, answer.text);
  return signedIn(answer);
}

export function signedIn(answer: Answer): SignedIn {
  const access = member(answer, "access_token");
  const { sid, sub } = claimsOf(access);
  return { answer, access, refresh: member(answer, "refresh_token"), cookie: cookieOf(answer), sid, sub };
}

/** The value that the answer sets the session cookie to; an empty text where it sets none. */
export function cookieOf(answer: Answer): string {
  return /^[^=]+=([^;]*)/.exec(answer.setCookies[0] ?? "")?.[1] ?? "";
}

export function member({ body }: Answer, name: string): string {
  const value = body[name];
  return typeof value === "string" ? value : "";
}

/** What an access token says. It is not verified: that is the server's part. */
export function claimsOf(accessToken: string): AccessTokenClaims {
  const payload = decodeBase64Url(accessToken.split(".")[1] ?? "");
  return JSON.parse(new TextDecoder().decode(payload ?? undefined)) as AccessTokenClaims;
}
