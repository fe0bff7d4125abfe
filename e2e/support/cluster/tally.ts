import { decodeBase64Url } from "@counterfoil/protocol";
import type { Asked } from "./ask.ts";

/** What must never be, whatever fails. */
export interface Violations {
  /** Somebody who did not sign out was told that the session is over. */
  readonly signedOut: readonly string[];
  /** Two refresh tokens of one generation of one session, or an older one handed out after a newer. */
  readonly forks: readonly string[];
  /** Something was minted after a revocation, or let in more than a second later. */
  readonly accepted: readonly string[];
  /** Neither a success, nor 401, nor 503 that says when to come again. */
  readonly wrong: readonly string[];
}

/** What a load has seen. */
export class Tally implements Violations {
  readonly signedOut: string[] = [];
  readonly forks: string[] = [];
  readonly accepted: string[] = [];
  readonly wrong: string[] = [];
  answered = 0;
  unavailable = 0;
  /** No answer at all: the balancer's, or the machine's. */
  broken = 0;
  rotations = 0;
  logouts = 0;
  /** When the last answer that was a fault, or none, had been asked for; milliseconds on the monotonic clock. */
  lastFaultAt = Number.NEGATIVE_INFINITY;
  readonly #newest = new Map<string, { readonly counter: number; readonly token: string }>();

  enter(kind: keyof Violations, what: string): void {
    this[kind].push(what);
  }

  count(request: string, { status, retryAfter, body, sentAt }: Asked): void {
    if (status === null) this.broken++;
    else if (status === 503 && /^[1-9]\d*$/.test(retryAfter ?? "")) this.unavailable++;
    else if (status === 200 || status === 204 || status === 401) this.answered++;
    else this.wrong.push(`${request}: ${status} ${JSON.stringify(body)}`);
    if (status === null || status === 503) this.lastFaultAt = Math.max(this.lastFaultAt, sentAt);
  }

  /** A refresh token was handed out for another. */
  refreshed(sid: string, before: string, token: string): void {
    const counter = generationOf(token);
    const newest = this.#newest.get(sid) ?? { counter: generationOf(before), token: before };
    if (counter < newest.counter) this.forks.push(`${sid} went back from ${newest.counter} to ${counter}`);
    if (counter === newest.counter && token !== newest.token) this.forks.push(`${sid} has two of ${counter}`);
    if (counter > newest.counter) {
      this.rotations++;
      this.#newest.set(sid, { counter, token });
    }
  }

  get violations(): Violations {
    const { signedOut, forks, accepted, wrong } = this;
    return { signedOut, forks, accepted, wrong };
  }
}

export const NONE: Violations = { signedOut: [], forks: [], accepted: [], wrong: [] };

/** Which generation a refresh token is: `cfr_` and base64url of secret version 1, locator 16, counter 4, MAC 16. */
export function generationOf(token: string): number {
  const bytes = decodeBase64Url(token.slice(4));
  return bytes === null ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(17);
}
