import { elapsedMs, instantAt } from "../clock.ts";
import type { Instant } from "../clock.ts";
import type { User } from "./session-state.ts";

/** What a page holds of its session: in memory, and nowhere else. */
export interface Held {
  readonly sid: string;
  readonly user: User;
  readonly claimsVersion: number;
  readonly accessToken: string;
  readonly lifetimeMs: number;
  /** Before it was asked for: it is never older than that. */
  readonly obtained: Instant;
  /** When the server was last told that the user is there. */
  readonly active: Instant;
}

/** A token is not used in its last seconds: it would expire on the way. */
const MARGIN_MS = 5_000;

/** From the server's answer to a sign-in, a refresh or a re-authentication; `null` for what is none. */
export function heldFrom(body: Readonly<Record<string, unknown>>, asked: Instant): Held | null {
  const { access_token, expires_in, user, sid, claims_version } = body;
  if (typeof access_token !== "string" || typeof expires_in !== "number" || typeof sid !== "string") return null;
  return {
    sid,
    user: user as User,
    claimsVersion: Number(claims_version),
    accessToken: access_token,
    lifetimeMs: expires_in * 1000,
    obtained: asked,
    active: asked,
  };
}

/** The same, as another tab of this browser holds it. */
export function heldElsewhere(held: Held): Held {
  return { ...held, obtained: instantAt(held.obtained.wallMs), active: instantAt(held.active.wallMs) };
}

export function isUsable({ obtained, lifetimeMs }: Held): boolean {
  return elapsedMs(obtained) < lifetimeMs - MARGIN_MS;
}

/** Whether a token is of later claims than another of its session; else whether it is fresher. */
export function isNewer(one: Held, other: Held): boolean {
  if (one.sid === other.sid && one.claimsVersion !== other.claimsVersion)
    return one.claimsVersion > other.claimsVersion;
  return elapsedMs(one.obtained) < elapsedMs(other.obtained);
}
