import type { Crypto } from "../crypto.ts";
import type { EventContext } from "../events.ts";
import { hashLocator, sealHandle } from "../handle/handle.ts";
import type { OpenSession, SessionLedger, SessionOpened } from "../ledger/sessions.ts";
import type { Random } from "../random.ts";
import type { Keyring } from "../secret/keyring.ts";
import type { Lifetimes, SessionClass } from "./lifetimes.ts";
import { SESSION_LIMIT, sessionClass } from "./lifetimes.ts";
import type { Session, Transport } from "./session.ts";
import { newSid } from "./session.ts";

/** How a sign-in is to travel, and for whom its access tokens are. */
export interface SessionWish {
  readonly transport: Transport;
  readonly remember: boolean;
  /** One of the server's, or `null` for all of them. */
  readonly audience: string | null;
  /** What the client calls its device: from `parseDeviceName`. */
  readonly deviceName: string | null;
}

export interface OpenerParts {
  readonly ledger: SessionLedger;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly keyring: Keyring;
  readonly lifetimes: Readonly<Record<SessionClass, Lifetimes>>;
}

/** A session and the secret that carries it: a session token or a refresh token, by its transport. */
export interface CarriedSession {
  readonly session: Session;
  readonly handle: string;
  /** The ledger's time of the transaction that allowed it. */
  readonly now: number;
}

export type Opened =
  | ({ readonly outcome: "opened" } & CarriedSession)
  | Exclude<SessionOpened, { readonly outcome: "opened" }>;

/** Opens a session for a user whose presence has been proved. */
export async function openSession(
  parts: OpenerParts,
  user: OpenSession["user"],
  wish: SessionWish,
  proof: { readonly username: string | null; readonly amr: readonly string[] },
  context: EventContext,
): Promise<Opened> {
  const { ledger, crypto, random, keyring } = parts;
  // Before the transaction: a session that nothing can carry must not be opened.
  void keyring.sealing;
  // 128 random bits find the session; its public `sid` is another 128, so that knowing one gives nothing of the other.
  const locator = random.bytes(16);
  const opened = await ledger.openSession({
    sid: newSid(random),
    locatorHash: hashLocator(crypto, locator),
    user,
    username: proof.username,
    transport: wish.transport,
    // Remembering is a matter of the browser's cookie; a bearer session is long anyway.
    remember: wish.remember && wish.transport === "cookie",
    clientId: FIRST_PARTY,
    audience: wish.audience,
    amr: proof.amr,
    ...parts.lifetimes[sessionClass(wish.transport, wish.remember)],
    sessionLimit: SESSION_LIMIT,
    deviceName: wish.deviceName,
    context,
  });
  if (opened.outcome !== "opened") return opened;
  const { session, now } = opened;
  return { outcome: "opened", session, now, handle: carry(parts, session, locator) };
}

/** The secret of a session's current generation. */
export function carry(parts: Pick<OpenerParts, "crypto" | "keyring">, session: Session, locator: Uint8Array): string {
  const kind = session.transport === "cookie" ? "session" : "refresh";
  return sealHandle(parts.crypto, parts.keyring, kind, locator, session.counter);
}

/** The client of all sessions until clients can be registered. */
export const FIRST_PARTY = "first-party";
