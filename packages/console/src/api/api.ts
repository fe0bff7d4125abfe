import type { Outcome } from "@counterfoil/client";
import type { ErrorCode } from "@counterfoil/protocol";
import { client } from "../client.ts";
import { BASE_PATH } from "../place.ts";
import { provePresence } from "./presence.ts";

export type Method = "GET" | "POST" | "DELETE";

/** The body of an answer that is no refusal: as the reference has it for that route. */
export type Answer = Outcome<{ readonly value: unknown }>;

const UNREACHABLE = "The server is out of reach. Nothing is lost: try again in a moment.";
const SIGNED_OUT: ReadonlySet<string> = new Set(["not_authenticated", "invalid_session"]);

/**
 * Asks the server by the session cookie. Where it wants the password again, the user is asked for it, and then the server
 * once more.
 *
 * @param path below the server's own, without a slash in front
 */
export async function ask(method: Method, path: string, body?: object): Promise<Answer> {
  const first = await askOnce(method, path, body);
  if (first.ok || first.code !== "reauthentication_required") return first;
  if (!(await provePresence())) return first;
  return askOnce(method, path, body);
}

/** The same, for what a page asks by itself: nobody is asked for a password that nobody expects. */
export function askQuietly(method: Method, path: string, body?: object): Promise<Answer> {
  return askOnce(method, path, body);
}

async function askOnce(method: Method, path: string, body?: object): Promise<Answer> {
  try {
    const response = await fetch(BASE_PATH + path, {
      method,
      redirect: "error",
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    const value: unknown = response.status === 204 ? null : await response.json();
    if (response.ok) return { ok: true, value };
    const { code, error } = value as { readonly code: ErrorCode; readonly error: string };
    // Whether it is over only the client's own question tells.
    if (SIGNED_OUT.has(code)) void client.sessions();
    return { ok: false, code, error, retryAfterSeconds: Number(response.headers.get("retry-after")) || null };
  } catch {
    return { ok: false, code: "unavailable", error: UNREACHABLE, retryAfterSeconds: null };
  }
}
