import { parseDeviceName } from "@counterfoil/core";
import type { CarriedSession, RefusalReason, SessionWish, Transport } from "@counterfoil/core";
import { readSessionCookie } from "@counterfoil/protocol";
import type { Settings } from "../config/settings.ts";
import type { Services } from "../services.ts";
import { DEVICE_NAME_FORM } from "./body.ts";
import type { Call } from "./call.ts";
import { isBrowser } from "./guard.ts";
import { sessionAnswer } from "./session-answer.ts";

export interface WishedSignIn {
  readonly transport?: Transport | undefined;
  readonly remember?: boolean | undefined;
  readonly audience?: string | undefined;
  /** What the user knows this device by: 1 to 64 characters, no control characters. */
  readonly deviceName?: string | undefined;
}

export type WishChecked =
  | ({ readonly ok: true } & SessionWish)
  | {
      readonly ok: false;
      readonly code: "bearer_refused" | "invalid_target" | "invalid_request";
      readonly reason: RefusalReason;
      readonly sentence?: string;
    };

/** Whoever is no browser's page; and of those the shells that are listed (design: "Browsers hold no refresh token"). */
export function mayHoldRefreshTokens({ bearerOrigins }: Settings, { headers }: Request): boolean {
  return !isBrowser(headers) || bearerOrigins.has(headers.get("origin") ?? "");
}

/** How this sign-in may travel: a browser's by cookie, unless its shell is listed. */
export function sessionWish(settings: Settings, request: Request, wished: WishedSignIn): WishChecked {
  const transport = wished.transport ?? (isBrowser(request.headers) ? "cookie" : "bearer");
  if (transport === "bearer" && !mayHoldRefreshTokens(settings, request)) {
    return { ok: false, code: "bearer_refused", reason: "browser_asked_for_bearer" };
  }
  const { audience = null, remember = false } = wished;
  if (audience !== null && !settings.audience.includes(audience)) {
    return { ok: false, code: "invalid_target", reason: "malformed" };
  }
  const deviceName = wished.deviceName === undefined ? null : parseDeviceName(wished.deviceName);
  if (deviceName === null && wished.deviceName !== undefined) {
    const sentence = `The device's name is not as it should be: ${DEVICE_NAME_FORM}.`;
    return { ok: false, code: "invalid_request", reason: "malformed", sentence };
  }
  return { ok: true, transport, remember, audience, deviceName };
}

/**
 * Answers a sign-in. The session whose cookie the browser still had ends, since the new cookie takes its place: a
 * value from before an authentication is never good after it (ASVS V7.2.4).
 */
export async function answerSignIn(services: Services, call: Call, signedIn: CarriedSession): Promise<Response> {
  // First, since the application may fail in it: who gets no new cookie keeps the session that the old one is of.
  const answer = await mintOrEnd(services, call, signedIn);
  const before = readSessionCookie(call.request.headers.get("cookie"), services.cookieName);
  if (signedIn.session.transport === "cookie" && before.kind === "found") {
    const resolved = await services.resolver.bySessionToken(before.value, "mint", false);
    if (resolved.outcome === "live") {
      const { sid } = resolved.session;
      await services.ledger.revokeSession({ sid, subject: null, reason: "replaced", context: call.context });
    }
  }
  // Whatever else it did too: other roles than before, or one session too many.
  await services.revoked();
  return answer;
}

/** A session whose answer could not be made is nobody's. Left open, each try would push a good one over the limit. */
async function mintOrEnd(services: Services, call: Call, signedIn: CarriedSession): Promise<Response> {
  try {
    return sessionAnswer(services, call, signedIn);
  } catch (error) {
    const { sid } = signedIn.session;
    const { context } = call;
    await services.ledger
      .revokeSession({ sid, subject: null, reason: "ended_by_operator", context })
      .catch(() => undefined);
    throw error;
  }
}
