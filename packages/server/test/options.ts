import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, systemRandom } from "@counterfoil/core";
import type { CounterfoilOptions } from "../src/options.ts";
import { nodeCrypto } from "../src/platform/node-crypto.ts";

export const ORIGIN = "https://app.example.com";
export const ISSUER = `${ORIGIN}/auth`;

export const newSecret = (): string => Secret.generate(nodeCrypto, systemRandom).reveal();

/** What a test does not care about; its users are an application's own, and each has the password "right". */
export function testOptions(options: Partial<CounterfoilOptions> = {}): CounterfoilOptions {
  return {
    issuer: ISSUER,
    ledger: "memory:",
    secret: newSecret(),
    authenticate: async ({ username, password }) =>
      password === "right" ? { subject: `user-${username}`, roles: ["user"] } : null,
    onNotice: () => undefined,
    ...options,
  };
}

/** A request below the issuer's path. */
export function request(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: object) {
  const type = body === undefined ? undefined : { "Content-Type": "application/json" };
  return new Request(ISSUER + path, {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
  });
}

export const login = (username: string, body: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  request("POST", "/login", headers, { username, password: "right", ...body });

export async function json(response: Response): Promise<Readonly<Record<string, unknown>>> {
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

/** The session cookie that an answer sets, as a browser sends it back. */
export function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

export const bearer = (token: unknown) => ({ Authorization: `Bearer ${String(token)}` });

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), "counterfoil-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
