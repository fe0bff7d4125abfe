import { ranOut } from "@counterfoil/core";
import type { Session, Sid } from "@counterfoil/core";
import type { Services } from "../services.ts";
import type { Authenticated } from "./authenticated.ts";
import { sessionOver } from "./authenticated.ts";
import type { Call } from "./call.ts";
import type { Soon } from "./check-token.ts";
import { forUser } from "./for-user.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { Route } from "./route.ts";
import { RECENT, stepUp } from "./step-up.ts";

/** The role that administers. */
export const ADMIN_ROLE = "admin";

/**
 * A route's handler for an administrator who has proved presence lately; everybody else is refused before it. The roles
 * are read from the ledger at each request, so that who is demoted or disabled is refused by the next one, on every
 * server. What the handler does is told in the event log as this administrator's.
 *
 * @param handle is given a call whose context has the administrator as its actor
 */
export function forAdmin(handle: (services: Services, call: Call, admin: Session) => Soon<Response>): Route["handle"] {
  return forUser(async (services, call, who) => {
    const session = await readLive(services, who.sid);
    if (session === null) return refuse(services, call, sessionOver(who));
    if (!session.roles.includes(ADMIN_ROLE)) return refuse(services, call, insufficientRole(who));
    const notEnough = stepUp(services, session, RECENT);
    if (notEnough !== null) return refuse(services, call, { ...notEnough, sid: who.sid, subject: who.subject });
    const context = { ...call.context, actor: session.subject };
    return handle(services, { ...call, context }, session);
  });
}

/** Whether whoever has that session may still see what administrators see. */
export async function isAdministrator(services: Services, sid: Sid): Promise<boolean> {
  return (await readLive(services, sid))?.roles.includes(ADMIN_ROLE) === true;
}

/** From the ledger, never from memory: another process may have decided about the user a moment ago. */
async function readLive({ ledger, follower }: Services, sid: Sid): Promise<Session | null> {
  const record = await ledger.readSession(sid);
  if (record === null || record.endedAt !== null) return null;
  return ranOut(record.session, follower.ledgerNow()) === null ? record.session : null;
}

function insufficientRole({ via, sid, subject }: Authenticated): Refusal {
  const refusal = { code: "insufficient_role", reason: "insufficient_role", sid, subject } as const;
  // RFC 6750 §3.1. A cookie is nothing that another scope would help.
  if (via === "cookie") return refusal;
  return { ...refusal, headers: { "WWW-Authenticate": 'Bearer error="insufficient_scope"' } };
}
