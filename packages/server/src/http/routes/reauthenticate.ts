import { addedClaims, carry, reauthenticate as proveAgain, unsealHandle } from "@counterfoil/core";
import type { Handle } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import { sessionOver } from "../authenticated.ts";
import { password, readBody, secondFactor } from "../body.ts";
import type { Call } from "../call.ts";
import { readCredential } from "../credential.ts";
import { forUser } from "../for-user.ts";
import { refuse, refusePassword } from "../refusal.ts";
import { addressBucket } from "../remote-address.ts";
import type { Route } from "../route.ts";
import { sessionAnswer } from "../session-answer.ts";

const ReauthenticateBody = z.strictObject({ password, second_factor: secondFactor.optional() });

/**
 * `POST /reauthenticate`: the password again, for what needs a recent proof of presence. The session stays; a cookie
 * is exchanged for a new one and the old one refused (ASVS V7.2.4).
 */
export const reauthenticate: Route = {
  method: "POST",
  path: PATHS.reauthenticate,
  handle: forUser(async (services, call, who) => {
    // Before the body is read: a flood costs everybody else the least where it is sent away first.
    if (services.signIn.places.full) return refusePassword(services, call, { outcome: "overloaded" });
    const body = await readBody(call.request, ReauthenticateBody);
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
    const handle = presentedHandle(services, call);
    const proof = {
      password: body.password,
      secondFactor: body.second_factor,
      addressBucket: addressBucket(call.context.remoteAddress),
      presented: handle?.counter,
    };
    const proved = await proveAgain(services.signIn, session, proof, call.context);
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
      case "refused":
      case "second_factor_required":
        return refusePassword(services, call, { ...proved, subject }, sid);
      case "limited":
      case "overloaded":
        return refusePassword(services, call, proved, sid);
    }
  }),
};

function presentedHandle({ crypto, keyring, cookieName }: Services, call: Call): Handle | null {
  const credential = readCredential(call.request, cookieName);
  return credential.kind === "cookie" ? unsealHandle(crypto, keyring, "session", credential.token) : null;
}
