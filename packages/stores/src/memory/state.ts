import type {
  BelatedEvent,
  Clock,
  CredentialHash,
  EndReason,
  LedgerEvent,
  LocatorHash,
  NewEvent,
  PasswordCodeHash,
  RevocationReason,
  RotationState,
  SecretFingerprint,
  Session,
  Sid,
  SigningKeyState,
  StoredSecret,
  StoredSigningKey,
  Subject,
  User,
  Verifier,
} from "@counterfoil/core";
import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { FeedEntry, Revocation } from "@counterfoil/protocol";

export interface StoredUser extends User {
  readonly canonicalUsername: string | null;
  readonly passwordHash: string | null;
  /** The entry stays, so that the subject is never given again. */
  readonly deleted: boolean;
}

/** The one-time code of a user: the newest alone is good. */
export interface StoredPasswordCode {
  readonly codeHash: PasswordCodeHash;
  readonly expiresAt: number;
}

export interface StoredSession extends Omit<Session, "roles" | "claimsVersion">, RotationState {
  readonly locatorHash: LocatorHash;
  readonly data: string;
  readonly dataVersion: number;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
}

export interface StoredRevocation {
  readonly id: number;
  readonly entry: FeedEntry;
  /** `null`: it matters for ever. */
  readonly expiresAt: number | null;
}

export interface StoredKey extends Omit<StoredSigningKey, "state"> {
  readonly state: SigningKeyState | "revoked";
}

/**
 * Everything that the ledger holds. A transition runs to its end in one turn, so nobody sees half of one; what is
 * kept is never changed, only replaced, so nobody's answer changes either.
 */
export class MemoryState {
  readonly timeline: string;
  readonly users = new Map<Subject, StoredUser>();
  readonly names = new Map<string, Subject>();
  readonly sessions = new Map<Sid, StoredSession>();
  readonly locators = new Map<LocatorHash, Sid>();
  /** The sessions of each user that have no end. */
  readonly open = new Map<Subject, Set<Sid>>();
  readonly passwordCodes = new Map<Subject, StoredPasswordCode>();
  /** When each bucket of attempts is full again, and until when each address is known. */
  readonly fullAt = new Map<string, number>();
  readonly secrets = new Map<SecretFingerprint, StoredSecret>();
  readonly keys = new Map<string, StoredKey>();
  readonly verifiers = new Map<CredentialHash, Verifier>();
  revocations: StoredRevocation[] = [];
  events: LedgerEvent[] = [];
  revocationsGiven = 0;
  #eventsGiven = 0;
  readonly #clock: Clock;

  constructor(clock: Clock, timeline: string) {
    this.#clock = clock;
    this.timeline = timeline;
  }

  now(): number {
    return Math.floor(this.#clock.now());
  }

  revoke(now: number, reason: RevocationReason, fact: Revocation): void {
    this.tellFeed(now, { ...fact, event_timestamp: now / 1000, reason });
  }

  /** As it is: what is told once more says when it was decided. */
  tellFeed(now: number, entry: FeedEntry): void {
    const expiresAt = entry.type === "key-revoked" ? null : now + REVOCATION_TTL_SECONDS * 1000;
    this.revocations.push({ id: ++this.revocationsGiven, entry, expiresAt });
  }

  tell(now: number, ...events: readonly NewEvent[]): void {
    for (const event of events) this.events.push({ ...event, id: ++this.#eventsGiven, at: now });
  }

  tellBelated(events: readonly BelatedEvent[]): void {
    const now = this.now();
    for (const { agoMs, ...event } of events) this.tell(now - agoMs, event);
  }

  /** Replaces what is kept of a session. */
  keep(session: StoredSession): void {
    this.sessions.set(session.sid, session);
  }
}
