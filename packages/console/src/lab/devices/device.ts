import { randomName } from "../exchange/exchange.ts";
import { decodeToken } from "../token/jwt.ts";
import type { ConnectionState } from "./connection.ts";

export type DeviceName = "A" | "B";
export const DEVICE_NAMES: readonly DeviceName[] = ["A", "B"];

/** What the server or the API last said to a device's access token. */
export interface Said {
  /** 0 where nobody answered. */
  readonly status: number;
  readonly code: string | null;
  /** From what led to it to this refusal, milliseconds; `null` where no button of this page did. */
  readonly afterMs: number | null;
}

/** A device that is signed in, or was. */
export interface Device {
  readonly name: DeviceName;
  readonly sid: string;
  readonly sub: string;
  readonly roles: readonly string[];
  /** The name of the key that signed its access token. */
  readonly kid: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** One for as long as the refresh token is held: a repeat is the same attempt. */
  readonly idempotencyKey: string;
  /** On this page's clock (`performance.now()`). */
  readonly expiresAt: number;
  /** When a redemption gave its refresh token; `null` where the sign-in did. */
  readonly rotatedAt: number | null;
  readonly server: Said | null;
  readonly api: Said | null;
  readonly connection: ConnectionState;
  /** Its refresh token was refused: it is signed out, and only signing in helps. */
  readonly over: boolean;
}

/** A token rotates at most once in this time: presented within it, it goes on. */
const REUSE_INTERVAL_MS = 30_000;

/** Whether a redemption would give another refresh token now. */
export function isRotatable({ rotatedAt }: Device): boolean {
  return rotatedAt === null || performance.now() - rotatedAt > REUSE_INTERVAL_MS;
}

/** A key's name, as much of it as tells it from another. */
export function shortKid(kid: string): string {
  return kid.length > 10 ? `${kid.slice(0, 8)}…` : kid;
}

type Tokens = Omit<Device, "name" | "server" | "api" | "connection" | "over">;

/**
 * What a device holds after an answer that has tokens; `null` where it has none. The access token is opened to show what
 * is in it: a client has no need to.
 */
export function tokensFrom(body: Readonly<Record<string, unknown>>, held: Device | null): Tokens | null {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = body;
  if (typeof accessToken !== "string" || typeof refreshToken !== "string") return null;
  const opened = decodeToken(accessToken);
  const { kid } = opened?.header ?? {};
  const { sid, sub, roles } = opened?.payload ?? {};
  return {
    sid: String(sid),
    sub: String(sub),
    roles: Array.isArray(roles) ? roles.map(String) : [],
    kid: String(kid),
    accessToken,
    refreshToken,
    idempotencyKey: held?.refreshToken === refreshToken ? held.idempotencyKey : randomName(16),
    expiresAt: performance.now() + Number(expiresIn) * 1000,
    rotatedAt: held === null ? null : held.refreshToken === refreshToken ? held.rotatedAt : performance.now(),
  };
}
