import type { VerificationFailure } from "../kernel/refusal.ts";

/** Why a connection was ended. */
export type EndReason = "session_ended" | "claims_changed" | "token_expired" | "unavailable";

/** What becomes of a connection when that is known against its credential; `null` for nothing. */
export function endReasonOf(known: VerificationFailure | null): EndReason | null {
  return known === null || known === "claims_changed" ? known : "session_ended";
}

/** A WebSocket: of `ws`, of the Web's standard, or what Hono hands to its handlers. */
export interface SocketLike {
  readonly readyState: number;
  close(code?: number, reason?: string): void;
  /** Where there is one: what ends a connection whose peer does not answer the close. */
  terminate?(): void;
  on?(event: "close", listener: () => void): unknown;
  addEventListener?(event: "close", listener: () => void): void;
  /** The socket behind a framework's own. */
  readonly raw?: unknown;
}

/** An answer that stays open, such as a stream of server-sent events: Node's `ServerResponse`, or Express's. */
export interface ResponseLike {
  readonly destroyed?: boolean;
  readonly writableFinished?: boolean;
  end(): unknown;
  destroy?(): unknown;
  on(event: "close", listener: () => void): unknown;
}

export type Connection = SocketLike | ResponseLike;

/** What the guard does with any of them. */
export interface Ending {
  readonly closed: boolean;
  onClose(listener: () => void): void;
  /** Says goodbye. Never throws. */
  end(reason: EndReason): void;
  /** Hangs up on who did not answer. Never throws. */
  cut(): void;
}

/** Of the range that applications may use (RFC 6455 §7.4.2). */
const CLOSE_CREDENTIAL = 4001;
/** Try again later (IANA's registry of close codes). */
const CLOSE_UNAVAILABLE = 1013;
const CLOSED = 3;

/** @throws TypeError for what is neither, or never tells that it has closed */
export function endingOf(connection: Connection): Ending {
  if ("close" in connection && typeof connection.close === "function") return ofSocket(connection);
  if ("end" in connection && typeof connection.on === "function") return ofResponse(connection);
  throw new TypeError("guard() takes a WebSocket, or a response that stays open.");
}

function ofSocket(socket: SocketLike): Ending {
  const source = "on" in socket || "addEventListener" in socket ? socket : (socket.raw as SocketLike | undefined);
  if (typeof source?.on !== "function" && typeof source?.addEventListener !== "function") {
    throw new TypeError("guard() takes a WebSocket that tells when it has closed, by on() or addEventListener().");
  }
  return {
    get closed() {
      return socket.readyState === CLOSED;
    },
    onClose(listener) {
      if (typeof source.on === "function") source.on("close", listener);
      else source.addEventListener!("close", listener);
    },
    end: (reason) =>
      quietly(() => socket.close(reason === "unavailable" ? CLOSE_UNAVAILABLE : CLOSE_CREDENTIAL, reason)),
    cut: () => quietly(() => source.terminate?.()),
  };
}

function ofResponse(response: ResponseLike): Ending {
  return {
    get closed() {
      return response.destroyed === true || response.writableFinished === true;
    },
    onClose: (listener) => void response.on("close", listener),
    end: () => quietly(() => response.end()),
    cut: () => quietly(() => response.destroy?.()),
  };
}

/** A connection that is in no state to be closed is closing by itself. */
function quietly(act: () => unknown): void {
  try {
    act();
  } catch {
    // Nothing is left to do for it.
  }
}
