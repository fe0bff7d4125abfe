import { setTimeout as sleep } from "node:timers/promises";
import type { LimitName, RefusalReason, SignInRefusal, Sid, Subject } from "@counterfoil/core";
import type { ErrorCode } from "@counterfoil/protocol";
import type { Services } from "../services.ts";
import type { AnswerHeaders } from "./answer.ts";
import { errorAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { noteForgery } from "./forgery.ts";

export interface Refusal {
  /** What the outside is told. */
  readonly code: ErrorCode;
  /** What the event log is told. */
  readonly reason: RefusalReason;
  readonly sid?: Sid | null;
  readonly subject?: Subject | null;
  readonly sentence?: string;
  /** More of the reason, for the event log alone; the sentence where it is left out. */
  readonly detail?: string;
  readonly headers?: AnswerHeaders;
  /** `false` for what tried nothing: a line in the log is enough. */
  readonly event?: boolean;
}

/** Refuses a request: one event, one line in the log, one answer (ASVS V16.3.1, V16.3.2). */
export function refuse(services: Services, call: Call, refusal: Refusal): Response {
  const guessed = refusal.reason === "forged_or_mistyped" ? refuseGuess(services, call) : null;
  return guessed ?? tell(services, call, refusal);
}

/**
 * For a credential that was never sealed here: 429 where its address has sent too many of them; `null` while it may be
 * a mistake. For routes that answer whoever has no session as whoever has one, so that no {@link refuse} follows.
 */
export function refuseGuess(services: Services, call: Call): Response | null {
  const retryAfterSeconds = noteForgery(services, call.context);
  if (retryAfterSeconds === null) return null;
  const headers = { "Retry-After": String(retryAfterSeconds) };
  return tell(services, call, { code: "too_many_attempts", reason: "forged_or_mistyped", headers });
}

function tell(services: Services, call: Call, refusal: Refusal): Response {
  const { code, reason, sid = null, subject = null } = refusal;
  const detail = refusal.detail ?? refusal.sentence ?? null;
  const { context, method } = call;
  if (refusal.event !== false) {
    const body = { type: "refused", route: `${method} ${call.route}`, code, reason, detail } as const;
    services.recorder.record({ body, subject, sid, context });
  }
  if (reason === "second_factor_refused" && subject !== null) {
    services.tellSecurityEvent?.({ type: reason, subject, sid, context });
  }
  const answer = errorAnswer(call, code, refusal.sentence, refusal.headers);
  services.notice({
    type: "refused",
    method,
    route: call.route,
    status: answer.status,
    code,
    reason,
    detail,
    sid,
    context,
  });
  return answer;
}

export type PasswordRefusal =
  | { readonly outcome: "refused"; readonly reason: SignInRefusal; readonly subject?: Subject | null }
  | { readonly outcome: "second_factor_required"; readonly subject?: Subject | null }
  | { readonly outcome: "limited"; readonly limit: LimitName; readonly retryAfterSeconds: number }
  | { readonly outcome: "overloaded"; readonly reason?: "overloaded" | "reset_queue_full" };

/**
 * How long whoever is sent away for want of room waits for the answer: who asks again as soon as he is answered then
 * asks four times a second, and refusing a flood takes nothing from the rest (ASVS V15.1.3).
 */
const OVERLOAD_PAUSE_MS = 250;

/** Which limit it was, for the event log alone: outside, one looks like the other. */
const LIMITED: Readonly<Record<LimitName, string>> = {
  password: "passwords for this account from this address",
  address: "wrong passwords from this address",
  account: "wrong passwords for this account in a row, and it has not signed in from this address before",
  register: "registrations from this address",
  reset: "requests for a new password from this address",
  resetAccount: "requests for a new password of this account",
  code: "wrong one-time codes from this address",
  handle: "forged session or refresh tokens from this address",
};

/** Refuses what a password was to open: the same for whatever was wrong with it (ASVS V6.3.8). */
export async function refusePassword(
  services: Services,
  call: Call,
  refused: PasswordRefusal,
  sid: Sid | null = null,
): Promise<Response> {
  switch (refused.outcome) {
    case "refused":
      return refuse(services, call, { ...refused, sid, code: "invalid_credentials" });
    case "second_factor_required": {
      const { subject = null } = refused;
      return refuse(services, call, { code: "second_factor_required", reason: "second_factor_required", sid, subject });
    }
    case "limited": {
      const headers = { "Retry-After": String(refused.retryAfterSeconds) };
      const detail = LIMITED[refused.limit];
      return refuse(services, call, { code: "too_many_attempts", reason: "too_many_attempts", detail, sid, headers });
    }
    case "overloaded":
      await sleep(OVERLOAD_PAUSE_MS);
      return refuse(services, call, { code: "overloaded", reason: refused.reason ?? "overloaded", sid });
  }
}
