import type { SessionState } from "@counterfoil/client";
import { authenticate } from "@counterfoil/verifier/next";
import { headers } from "next/headers";
import { counterfoil, nameOf } from "../counterfoil.ts";

/**
 * Who a page is rendered for, by the session cookie. It only reads. Rendering cannot set a cookie, so nothing that is
 * asked here may answer with one: `/auth/refresh`, which may, is left to the browser.
 */
export async function readSession(): Promise<SessionState> {
  const seen = await authenticate(() => counterfoil().verifier, await headers());
  if (seen.ok) {
    const { sub, sid, roles } = seen.auth;
    return { status: "signed_in", user: { sub, username: nameOf(sub), roles }, sid };
  }
  // Only a 401 says that nobody is signed in. Of a fault the page says so, and finds out by itself.
  if (seen.status === 401) return { status: "signed_out", reason: "no_session", endReason: null };
  return { status: "loading", error: null };
}
