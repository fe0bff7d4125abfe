import type { Outcome } from "@counterfoil/client";
import { client } from "../client.ts";
import { BASE_PATH } from "../place.ts";
import { refusalIn, UNREACHABLE } from "./answer.ts";
import { provePresence } from "./presence.ts";

export type Method = "GET" | "POST" | "DELETE";

/** The body of an answer that is no refusal: as the reference has it for that route. */
export type Answer = Outcome<{ readonly value: unknown }>;

/** For the whole answer. A server that has not answered by then is as good as away, and a button must not wait for ever. */
const PATIENCE_MS = 15_000;
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
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (response.ok) return { ok: true, value: response.status === 204 ? null : await response.json() };
    const refused = await refusalIn(response);
    // Whether it is over only the client's own question tells.
    if (SIGNED_OUT.has(refused.code)) void client.sessions();
    return refused;
  } catch {
    return UNREACHABLE;
  }
}
