import { addedClaims, carry } from "@counterfoil/core";
import type { Proof, Reauthenticated, Session } from "@counterfoil/core";
import type { Services } from "../services.ts";
import { sessionOver } from "./authenticated.ts";
import type { Call } from "./call.ts";
import type { Prover } from "./prover.ts";
import { presentedHandle } from "./prover.ts";
import { refuse, refusePassword } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { addressBucket } from "./remote-address.ts";
import { sessionAnswer } from "./session-answer.ts";

/** What came with the request, without the password. */
export type ProofCarried = Omit<Proof, "password" | "secondFactor">;

/** A refusal that has nothing to do with the password. */
export interface NotProved {
  readonly outcome: "not_proved";
  readonly refusal: Refusal;
}

/**
 * Answers what proves presence again within a session: the session stays, and a cookie is exchanged for a new one
 * (ASVS V7.2.4).
 */
export async function answerProof(
  services: Services,
  call: Call,
  { who, isRepeat }: Prover,
  prove: (session: Session, carried: ProofCarried) => Promise<Reauthenticated | NotProved>,
): Promise<Response> {
  const { sid, subject, via } = who;
  const record = await services.ledger.readSession(sid);
  if (record === null || record.endedAt !== null) return refuse(services, call, sessionOver(who));
  const { session } = record;
  if (via === "access_token" && session.transport === "cookie") {
    const sentence = "This session travels by cookie: send the cookie, and no Authorization, to exchange it.";
    return refuse(services, call, { code: "invalid_request", reason: "malformed", sentence, sid, subject });
  }
  // Before the old cookie is spent: were the answer lost to it, the user would be left with that one.
  addedClaims(services.claims, session);
  const handle = presentedHandle(services, call.request);
  const proved = await prove(session, {
    addressBucket: addressBucket(call.context.remoteAddress),
    presented: handle?.counter,
  });
  switch (proved.outcome) {
    case "reauthenticated":
      await services.revoked();
      return sessionAnswer(services, call, {
        ...proved,
        // The next session token is derived from the one that was presented; a bearer keeps its refresh token.
        handle: handle && carry(services.signIn, proved.session, handle.locator),
      });
    case "session_over":
      return refuse(services, call, sessionOver(who));
    case "not_proved":
      return refuse(services, call, { ...proved.refusal, sid, subject });
    case "refused":
      // The proof whose answer was lost has used its code up, and the password is right: that is as far as without one.
      if (isRepeat && proved.reason === "second_factor_refused") {
        return refuse(services, call, { code: "second_factor_required", reason: proved.reason, sid, subject });
      }
      // As of a session that has ended: whoever has an old cookie and no password learns nothing about either.
      if (isRepeat) return refuse(services, call, { ...sessionOver(who), reason: proved.reason });
      return refusePassword(services, call, { ...proved, subject }, sid);
    case "limited":
      if (isRepeat) return refuse(services, call, { ...sessionOver(who), reason: "too_many_attempts" });
      return refusePassword(services, call, proved, sid);
    case "second_factor_required":
      return refusePassword(services, call, { ...proved, subject }, sid);
    case "overloaded":
      return refusePassword(services, call, proved, sid);
  }
}
