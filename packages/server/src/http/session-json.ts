import type { Session } from "@counterfoil/core";
import { z } from "zod";
import { deviceOf } from "./device.ts";
import { seconds } from "./seconds.ts";

const HOUR_MS = 3_600_000;

/** A session as its user sees it. No token is in it. */
export const SessionJson = z.object({
  sid: z.string(),
  current: z.boolean(),
  transport: z.enum(["cookie", "bearer"]),
  remember: z.boolean(),
  device: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: z.int(),
  last_active_at: z.int(),
  auth_time: z.int(),
  expires_at: z.int(),
  amr: z.array(z.string()).readonly(),
});

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
    last_active_at: seconds(Math.floor(session.lastActiveAt / HOUR_MS) * HOUR_MS),
    auth_time: seconds(session.authTime),
    expires_at: seconds(session.expiresAt),
    amr: session.amr,
  };
}
