import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { Target } from "../http.ts";
import { ask, ATTEMPT_MS } from "./ask.ts";
import type { Asked, Presented } from "./ask.ts";
import type { Held } from "./cluster.ts";
import type { Tally } from "./tally.ts";

/** Between two attempts at the same thing. The servers ask for a second; a crowd that asks sooner is the harder test. */
const PAUSE_MS = 150;

/**
 * One client that keeps to the protocol (design: "Redeem"): one key for each refresh token, made at the first attempt
 * to redeem it and sent with each repeat; the successor is stored before it is used; no answer, and 503, are the same
 * question again. What it is told that no such client may be told, it enters in the tally.
 */
export class Holder {
  readonly #target: Target;
  readonly #tally: Tally;
  #held: Held;
  #key: string | null = null;
  #over = false;
  /** When an attempt was last made that had no answer, or a fault's: it may still be under way. */
  #doubtAt = Number.NEGATIVE_INFINITY;

  constructor(target: Target, tally: Tally, held: Held) {
    this.#target = target;
    this.#tally = tally;
    this.#held = held;
  }

  get held(): Held {
    return this.#held;
  }

  get isBearer(): boolean {
    return this.#held.refresh !== "";
  }

  /** Signed out, by itself or against its will. */
  get isOver(): boolean {
    return this.#over;
  }

  /** A request with what it holds; nobody has ended the session, so it is let in. */
  async look(): Promise<void> {
    const presented = this.isBearer ? { token: this.#held.access } : { cookie: this.#held.cookie };
    const answer = await this.#ask("GET", "/me", presented);
    if (answer.status === 401) this.#lose("a credential was refused", answer);
  }

  /** Until it has an answer, or `until` is aborted: then it goes on with the same token and key another time. */
  async refresh(until: AbortSignal): Promise<void> {
    while (!until.aborted && !this.#over) {
      const { refresh, cookie } = this.#held;
      if (this.isBearer) this.#key ??= randomUUID();
      const presented = this.isBearer ? { token: refresh, key: this.#key ?? "" } : { cookie };
      const answer = await this.#ask("POST", "/refresh", presented);
      if (answer.status === 200) return this.#store(answer);
      if (answer.status === 401) return this.#lose("a refresh was refused", answer);
      await sleep(PAUSE_MS);
    }
  }

  /**
   * Whether nothing of this client's can be under way any more: only then may a test let the session's time pass. A
   * request that is late by half of the reuse interval is what no client makes.
   */
  get isQuiet(): boolean {
    return !this.#over && this.#key === null && performance.now() - this.#doubtAt > ATTEMPT_MS;
  }

  /**
   * Signs out, and sees that it is. From the acknowledgement on nothing is minted; a second later nobody is let in.
   *
   * @returns what is to be refused from here on; `null` where it was not acknowledged in time
   */
  async signOut(until: AbortSignal): Promise<Held | null> {
    const { refresh, cookie } = this.#held;
    const presented = this.isBearer ? { token: refresh } : { cookie };
    for (let first = true; ; first = false) {
      const answer = await this.#ask("POST", "/logout", presented);
      // Of a repeat: the first one had ended it.
      if (answer.status === 204 || (answer.status === 401 && !first)) break;
      if (answer.status === 401) {
        this.#lose("a sign-out was refused", answer);
        return null;
      }
      if (until.aborted) return null;
      await sleep(PAUSE_MS);
    }
    this.#over = true;
    this.#tally.logouts++;
    const acknowledgedAt = performance.now();
    const minted = await this.#ask("POST", "/refresh", presented);
    if (minted.status === 200) this.#tally.enter("accepted", `minted for ${this.#held.sid} after its end`);
    await sleep(Math.max(0, acknowledgedAt + STALENESS_BOUND_MS - performance.now()));
    for (const credential of [{ token: this.#held.access }, ...(cookie === "" ? [] : [{ cookie }])]) {
      const seen = await this.#ask("GET", "/me", credential);
      if (seen.status === 200) this.#tally.enter("accepted", `let in for ${this.#held.sid} a second after its end`);
    }
    return this.#held;
  }

  #store({ body }: Asked): void {
    const { access_token: access, refresh_token: refresh } = body;
    const { sid } = this.#held;
    if (this.isBearer) {
      const next = String(refresh);
      this.#tally.refreshed(sid, this.#held.refresh, next);
      if (next !== this.#held.refresh) this.#key = null;
      this.#held = { ...this.#held, access: String(access), refresh: next };
    } else {
      this.#held = { ...this.#held, access: String(access) };
    }
  }

  #lose(what: string, { status, body }: Asked): void {
    this.#over = true;
    this.#tally.enter("signedOut", `${what} for ${this.#held.sid}: ${status} ${JSON.stringify(body)}`);
  }

  async #ask(method: string, path: string, presented: Presented): Promise<Asked> {
    const answer = await ask(this.#target, method, path, presented);
    this.#tally.count(`${method} ${path}`, answer);
    if (answer.status === null || answer.status === 503) this.#doubtAt = performance.now();
    return answer;
  }
}
