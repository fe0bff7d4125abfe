import type { Transport } from "./session.ts";

/** A session's two clocks, by class, in seconds (design: "One record, three credentials"; ASVS V7.1.1). */
export interface Lifetimes {
  readonly inactivitySeconds: number;
  readonly lifetimeSeconds: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

export type SessionClass = "cookie" | "cookie_remember" | "bearer";

export const DEFAULT_LIFETIMES: Readonly<Record<SessionClass, Lifetimes>> = {
  cookie: { inactivitySeconds: 12 * HOUR, lifetimeSeconds: 24 * HOUR },
  cookie_remember: { inactivitySeconds: 14 * DAY, lifetimeSeconds: 30 * DAY },
  bearer: { inactivitySeconds: 14 * DAY, lifetimeSeconds: 30 * DAY },
};

export function sessionClass(transport: Transport, remember: boolean): SessionClass {
  if (transport === "bearer") return "bearer";
  return remember ? "cookie_remember" : "cookie";
}

/** How long a session can live, and so whatever a secret has sealed. */
export function longestLifetimeSeconds(lifetimes: Readonly<Record<SessionClass, Lifetimes>>): number {
  return Math.max(...Object.values(lifetimes).map(({ lifetimeSeconds }) => lifetimeSeconds));
}

/** More live sessions of one user end the longest inactive (ASVS V7.1.2). */
export const SESSION_LIMIT = 50;
