import type { EventContext, Ledger, Session, Sid, Subject, Transport } from "@counterfoil/core";
import type { NoticeSink } from "./notice.ts";

/** What its user should hear of (ASVS V6.3.5, V6.3.7), by whatever way the application reaches the user. */
export type SecurityEvent = {
  readonly subject: Subject;
  readonly sid: Sid | null;
  /** The request: its id, the client's address and `User-Agent`; `null` where it came from the application's code. */
  readonly context: EventContext | null;
} & (
  | {
      readonly type: "session_opened";
      readonly transport: Transport;
      readonly amr: readonly string[];
      /** No other live session of the user has this `User-Agent`. It may be the user's first, and it can be forged. */
      readonly newDevice: boolean;
    }
  /** A refresh token was used twice: somebody else may have it. The session has ended. */
  | { readonly type: "refresh_reused" }
  /** The right password, and a wrong second factor: somebody else may know the password. */
  | { readonly type: "second_factor_refused" }
  /** A one-time code, which sets a new password, was made: at somebody's request, or by an administrator. */
  | { readonly type: "password_code_issued" }
  | { readonly type: "password_set" }
  | { readonly type: "user_disabled" }
);

export type SecurityEventSink = (event: SecurityEvent) => void | Promise<void>;

/** Tells the application, and is not waited for: what it makes of it is no part of the request that led to it. */
export function securityEventSink(
  sink: SecurityEventSink | undefined,
  notice: NoticeSink,
): ((event: SecurityEvent | Promise<SecurityEvent>) => void) | null {
  if (sink === undefined) return null;
  return (event) => {
    Promise.resolve(event)
      .then(sink)
      .catch((error: unknown) => notice({ type: "background_fault", task: "security_events", error }));
  };
}

/**
 * The ledger, telling of what it has committed. In the process that did it, once: what another server or a command does
 * is told of there, or not at all.
 */
export function tellingLedger(ledger: Ledger, tell: (event: SecurityEvent | Promise<SecurityEvent>) => void): Ledger {
  return {
    ...ledger,
    async openSession(input) {
      const opened = await ledger.openSession(input);
      if (opened.outcome === "opened") tell(sessionOpened(ledger, opened.session, input.context));
      return opened;
    },
    async redeem(input) {
      const redeemed = await ledger.redeem(input);
      if (redeemed.outcome === "reused") {
        const { sid, subject } = redeemed;
        tell({ type: "refresh_reused", sid, subject, context: input.context });
      }
      return redeemed;
    },
    async changePassword(input) {
      const changed = await ledger.changePassword(input);
      const { sid, subject, context } = input;
      if (changed.outcome === "reauthenticated") tell({ type: "password_set", sid, subject, context });
      return changed;
    },
    async redeemPasswordCode(input) {
      const set = await ledger.redeemPasswordCode(input);
      if (set.outcome === "set")
        tell({ type: "password_set", sid: null, subject: set.subject, context: input.context });
      return set;
    },
    async issuePasswordCode(input) {
      const issued = await ledger.issuePasswordCode(input);
      const { subject, context } = input;
      if (issued.outcome === "issued") tell({ type: "password_code_issued", sid: null, subject, context });
      return issued;
    },
    async setDisabled(input) {
      const changed = await ledger.setDisabled(input);
      const { subject, context, disabled } = input;
      if (disabled && changed.outcome === "changed") tell({ type: "user_disabled", sid: null, subject, context });
      return changed;
    },
  };
}

async function sessionOpened(ledger: Ledger, session: Session, context: EventContext): Promise<SecurityEvent> {
  const { sid, subject, transport, amr, userAgent } = session;
  const others = (await ledger.listSessions(subject)).filter((other) => other.sid !== sid);
  const newDevice = !others.some((other) => other.userAgent === userAgent);
  return { type: "session_opened", sid, subject, context, transport, amr, newDevice };
}
