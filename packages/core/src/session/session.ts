import { encodeBase64Url } from "@counterfoil/protocol";
import type { Random } from "../random.ts";
import type { Subject } from "../user/user.ts";

/** A session's public identifier: safe to log, opens nothing. */
export type Sid = string & { readonly __brand: "Sid" };

const SID = /^ses_[A-Za-z0-9_-]{22}$/;

export function newSid(random: Random): Sid {
  return `ses_${encodeBase64Url(random.bytes(16))}` as Sid;
}

export function parseSid(text: string): Sid | null {
  return SID.test(text) ? (text as Sid) : null;
}

export type Transport = "cookie" | "bearer";

/** One sign-in, as the ledger keeps it. Instants are milliseconds since the epoch, by the ledger's clock. */
export interface Session {
  readonly sid: Sid;
  readonly subject: Subject;
  /**
   * As it was given at the sign-in: for people to read, and for asking the application about its own user again.
   * Nothing is decided by it.
   */
  readonly username: string | null;
  readonly transport: Transport;
  readonly remember: boolean;
  readonly clientId: string;
  /** The audience that its access tokens name; `null` for all of the server's. */
  readonly audience: string | null;
  readonly amr: readonly string[];
  /** When the user last proved presence; no refresh moves it. */
  readonly authTime: number;
  readonly createdAt: number;
  readonly lastActiveAt: number;
  /** The inactivity timeout, fixed at sign-in. */
  readonly inactivitySeconds: number;
  /** The end of the absolute lifetime: nothing moves it. */
  readonly expiresAt: number;
  /** `User-Agent` at sign-in, cut to 256 characters. */
  readonly userAgent: string | null;
  /** What the client called its device at the sign-in, from {@link parseDeviceName}. */
  readonly deviceName: string | null;
  /** The generation of its session token or refresh token that is current. */
  readonly counter: number;
  /** The user's, read in the same transaction. */
  readonly roles: readonly string[];
  readonly claimsVersion: number;
}

/** A device's name, for its owner to know it by: 1 to 64 characters without control characters; `null` for any other. */
export function parseDeviceName(text: unknown): string | null {
  return typeof text === "string" && DEVICE_NAME.test(text) ? text : null;
}

// Nor a format character: a name must not turn around, or hide, the text beside it where somebody decides by it.
const DEVICE_NAME = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,64}$/u;

/**
 * Why a session is over. `inactive` and `lifetime` are its clocks; the others were decided. `replaced` is a sign-in in
 * the same browser; `everybody`, that an operator signed everybody out; `restored`, the whole ledger's return to a backup.
 */
export const END_REASONS = [
  "inactive",
  "lifetime",
  "logout",
  "logout_all",
  "ended_by_user",
  "ended_by_operator",
  "replaced",
  "session_limit",
  "reuse",
  "password_changed",
  "disabled",
  "deleted",
  "everybody",
  "restored",
] as const;

export type EndReason = (typeof END_REASONS)[number];

export interface SessionClocks {
  readonly lastActiveAt: number;
  readonly inactivitySeconds: number;
  readonly expiresAt: number;
}

/** Which of a session's clocks has run out at `now`, if one has. The absolute lifetime is looked at first. */
export function ranOut(session: SessionClocks, now: number): "inactive" | "lifetime" | null {
  if (now >= session.expiresAt) return "lifetime";
  if (now >= session.lastActiveAt + session.inactivitySeconds * 1000) return "inactive";
  return null;
}

/** Activity is written at most this often, so that a busy page is not a write a request. */
export const TOUCH_INTERVAL_MS = 60_000;
