import type { Session } from "@counterfoil/core";
import { z } from "zod";
import { deviceOf } from "./device.ts";
import { named } from "./schema.ts";
import { seconds } from "./seconds.ts";

const HOUR_MS = 3_600_000;

/** A session as its user sees it. No token is in it. */
export const SessionJson = named(
  "Session",
  z.object({
    sid: z.string(),
    current: z.boolean().describe("Whether it is the one that the request's credential is of."),
    transport: z.enum(["cookie", "bearer"]),
    remember: z.boolean(),
    device: z.string().nullable().describe("What it is called by, for people."),
    user_agent: z.string().nullable().describe("`User-Agent` at the sign-in."),
    created_at: z.int().describe("Seconds since the epoch, as are all instants here."),
    last_active_at: z.int().describe("To the hour."),
    auth_time: z.int().describe("When the user last proved presence."),
    expires_at: z.int().describe("The end of the absolute lifetime."),
    amr: z.array(z.string()).readonly().describe("How the user proved presence (RFC 8176)."),
  }),
);

/** @param current the `sid` of whoever asks */
export function sessionJson(session: Session, current: string): z.infer<typeof SessionJson> {
  return {
    sid: session.sid,
    current: session.sid === current,
    transport: session.transport,
    remember: session.remember,
    device: deviceOf(session),
    user_agent: session.userAgent,
    created_at: seconds(session.createdAt),
    // To the hour only: who could read it more finely could time himself by the honest client (design, promise 4).
    // Of its first hour, when it began is told anyway.
    last_active_at: seconds(Math.max(session.createdAt, Math.floor(session.lastActiveAt / HOUR_MS) * HOUR_MS)),
    auth_time: seconds(session.authTime),
    expires_at: seconds(session.expiresAt),
    amr: session.amr,
  };
}
