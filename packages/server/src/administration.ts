import { parseRoles, parseSid, parseSubject } from "@counterfoil/core";
import type { EndReason, Session, Subject } from "@counterfoil/core";
import type { Services } from "./services.ts";
import { ROLES_FORM, userAccounts } from "./user-accounts.ts";
import type { UserAccounts } from "./user-accounts.ts";

type Running = () => Promise<Services>;

/** What the application keeps with a session, and where it stands. */
export interface SessionWithData {
  readonly session: Session;
  /** Milliseconds since the epoch; `null` while it lives. */
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** To give to `amend`. */
  readonly version: number;
}

export interface SessionAdministration {
  /** The user's live sessions, newest first. */
  list(subject: string): Promise<readonly Session[]>;
  read(sid: string): Promise<SessionWithData | null>;
  /** Ends one session; it is refused here when this resolves, and everywhere within a second. */
  revoke(sid: string): Promise<"revoked" | "already_ended" | "unknown">;
  /** Ends all of a user's sessions. */
  revokeAll(subject: string): Promise<"revoked" | "unknown">;
  /**
   * Replaces the session's data, if nobody else has since `version` was read.
   *
   * @throws TypeError if `data` is no JSON object of at most 4 KiB
   */
  amend(
    sid: string,
    version: number,
    data: Readonly<Record<string, unknown>>,
  ): Promise<"amended" | "conflict" | "revoked" | "unknown">;
}

export interface UserAdministration extends UserAccounts {
  /**
   * Tokens that say otherwise are refused as `claims_changed`, everywhere within a second; nobody is signed out. An
   * application's own user has these roles until the next sign-in: those that `authenticate` or `cf.signIn` gives then
   * take their place.
   */
  setRoles(subject: string, roles: readonly string[]): Promise<UserOutcome>;
  /** Ends all sessions, and lets nobody in until {@link UserAdministration.enable}. */
  disable(subject: string): Promise<UserOutcome>;
  enable(subject: string): Promise<UserOutcome>;
  /** Ends all sessions. The subject is never given again. */
  delete(subject: string): Promise<UserOutcome>;
}

export type UserOutcome = "changed" | "unchanged" | "unknown";

const MAX_DATA_BYTES = 4096;

export function sessionAdministration(running: Running): SessionAdministration {
  return {
    async list(subject) {
      const { ledger } = await running();
      return ledger.listSessions(checkSubject(subject));
    },
    async read(text) {
      const sid = parseSid(text);
      const record = sid && (await (await running()).ledger.readSession(sid));
      if (!record) return null;
      const { session, endedAt, endReason, data, dataVersion } = record;
      return { session, endedAt, endReason, data: JSON.parse(data) as SessionWithData["data"], version: dataVersion };
    },
    async revoke(text) {
      const sid = parseSid(text);
      if (sid === null) return "unknown";
      const services = await running();
      const { outcome } = await services.ledger.revokeSession({
        sid,
        subject: null,
        reason: "ended_by_operator",
        context: null,
      });
      await services.revoked();
      return outcome;
    },
    async revokeAll(text) {
      const services = await running();
      const { outcome } = await services.ledger.revokeSessions({
        subject: checkSubject(text),
        except: null,
        reason: "ended_by_operator",
        context: null,
      });
      await services.revoked();
      return outcome;
    },
    async amend(text, version, data) {
      const json = checkData(data);
      const sid = parseSid(text);
      if (sid === null) return "unknown";
      return (await (await running()).ledger.amendSession({ sid, version, data: json })).outcome;
    },
  };
}

export function userAdministration(running: Running): UserAdministration {
  // Async before anything else: a wrong argument rejects, as it does everywhere here, and is not thrown.
  const change = async (
    text: string,
    transition: (services: Services, subject: Subject) => Promise<{ readonly outcome: UserOutcome }>,
  ) => {
    const subject = checkSubject(text);
    const services = await running();
    const { outcome } = await transition(services, subject);
    await services.revoked();
    return outcome;
  };
  const context = null;
  return {
    ...userAccounts(running),
    async setRoles(subject, roles) {
      const checked = parseRoles(roles);
      if (checked === null) throw new TypeError(ROLES_FORM);
      return change(subject, ({ ledger }, whose) => ledger.setRoles({ subject: whose, roles: checked, context }));
    },
    disable: (subject) =>
      change(subject, ({ ledger }, whose) => ledger.setDisabled({ subject: whose, disabled: true, context })),
    enable: (subject) =>
      change(subject, ({ ledger }, whose) => ledger.setDisabled({ subject: whose, disabled: false, context })),
    delete: (subject) => change(subject, ({ ledger }, whose) => ledger.deleteUser({ subject: whose, context })),
  };
}

function checkSubject(text: string): Subject {
  const subject = parseSubject(text);
  if (subject === null) throw new TypeError("subject must be a string of 1 to 255 characters");
  return subject;
}

function checkData(data: unknown): string {
  const form = "data must be a JSON object of at most 4 KiB";
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw new TypeError(form);
  const json = JSON.stringify(data);
  if (new TextEncoder().encode(json).length > MAX_DATA_BYTES) throw new TypeError(form);
  return json;
}
