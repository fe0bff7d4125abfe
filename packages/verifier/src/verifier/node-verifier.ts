import type { CookieOptions } from "../cookie/cookie-requests.ts";
import type { Connection } from "../guard/connection.ts";
import type { Guarded, GuardedAuth, GuardOptions } from "../guard/guard.ts";
import { createKernel } from "../kernel/kernel.ts";
import type { RequestHead } from "../request/head.ts";
import { createRequests } from "../request/requests.ts";
import type { Requests } from "../request/requests.ts";
import type { RequestVerified } from "../request/verify-request.ts";
import { nodeSignatures } from "../signature/node-signatures.ts";
import { readOptions } from "./options.ts";
import type { VerifierOptions } from "./options.ts";
import type { VerifierStatus } from "./status.ts";
import { Verifier } from "./verifier.ts";
import type { AccessTokenVerifier } from "./access-token-verifier.ts";

export interface NodeVerifierOptions extends VerifierOptions, CookieOptions {}

export interface NodeVerifierStatus extends VerifierStatus {
  readonly guardedConnections: number;
  readonly cachedCookies: number;
}

/** One that takes session cookies, too, where that was asked for, and ends connections with their session. */
export interface NodeVerifier extends AccessTokenVerifier {
  /**
   * Checks a request by its credential: an access token, or the session cookie where that was asked for. A refusal is an
   * answer that is ready to be sent. As `verify`, at once where memory can answer.
   */
  verifyRequest(head: RequestHead): RequestVerified | Promise<RequestVerified>;
  /**
   * Ends a WebSocket, or an answer that stays open, with the session that it belongs to: when that is revoked, when its
   * user's claims change, when the credential expires and was not renewed, and when nobody can tell any more.
   *
   * @throws TypeError if `connection` is none that tells when it has closed
   */
  guard(auth: GuardedAuth, connection: Connection, options?: GuardOptions): Guarded;
  readonly status: NodeVerifierStatus;
}

/** @throws TypeError for a wrong option: the sentence says what would be right */
export function createNodeVerifier(options: NodeVerifierOptions): NodeVerifier {
  return new GuardingVerifier(options);
}

class GuardingVerifier extends Verifier<Requests> implements NodeVerifier {
  constructor(options: NodeVerifierOptions) {
    const settings = readOptions(options, ["sessionCookie", "allowedOrigins"]);
    const { sessionCookie, allowedOrigins } = options;
    super(settings, {
      createKernel: (kernel) => createKernel({ ...kernel, signatures: nodeSignatures }),
      createRequests: (verifier, kernel) =>
        createRequests(
          { ...settings, sessionCookie, allowedOrigins },
          {
            feed: verifier.feed,
            kernel,
            verify: (token) => verifier.verify(token),
            clock: settings.clock,
            fetch: settings.fetch,
            onFailure: (error) => verifier.note(error instanceof Error ? error.message : String(error)),
            onCookie: (seen) => verifier.countCookie(seen),
          },
        ),
    });
  }

  override get status(): NodeVerifierStatus {
    const { connections, cookies } = this.requests.sizes;
    return { ...super.status, guardedConnections: connections, cachedCookies: cookies };
  }

  guard(auth: GuardedAuth, connection: Connection, options?: GuardOptions): Guarded {
    this.start();
    return this.requests.guard(auth, connection, options);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    const stopped = super[Symbol.asyncDispose]();
    this.requests.close();
    await stopped;
  }
}
