import { setTimeout as sleep } from "node:timers/promises";
import { accountResetAttempts, canonicalUsername, CounterfoilError, issuePasswordCode, Turns } from "@counterfoil/core";
import type { Crypto, EventContext, Ledger, Random, RefusalReason, Subject, User } from "@counterfoil/core";

/** What the application needs to send somebody a one-time code by a way that only that person reads. */
export interface PasswordReset {
  readonly subject: string;
  /** As it was written when the user was created. */
  readonly username: string;
  /** For `POST /password`. Whoever has it chooses the password: send it, and write it nowhere. */
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type OnPasswordReset = (reset: PasswordReset) => Promise<void> | void;

export interface ResetRequest {
  readonly username: string;
  readonly context: EventContext;
}

export interface ResetParts {
  readonly ledger: Ledger;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly send: OnPasswordReset;
  readonly onFault: (error: unknown) => void;
  /** Nothing is sent, and nobody outside is told. */
  readonly onRefused: (request: ResetRequest, reason: RefusalReason, subject: Subject | null) => void;
}

const CONCURRENCY = 4;
/** Until the answer is out: what is written for a user whom there is would else hold it up. */
const ANSWER_MS = 50;
const QUEUE_LIMIT = 100;
/** A mail server that takes longer holds up the others. The message may still arrive. */
const SEND_MS = 10_000;
/** How long what is in the queue may take when the server stops. */
const DRAIN_MS = 5_000;

/**
 * Password resets, done after their request was answered: whether there is such a user cannot be seen by the answer,
 * nor by the time that it takes (ASVS V6.3.8).
 */
export class PasswordResets implements AsyncDisposable {
  readonly #parts: ResetParts;
  readonly #turns = new Turns(CONCURRENCY);
  readonly #underWay = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: ResetParts) {
    this.#parts = parts;
  }

  /** Whether the next one would not be done. */
  get full(): boolean {
    return this.#closed || this.#turns.waiting >= QUEUE_LIMIT;
  }

  /** Answers at once; never throws. */
  add(request: ResetRequest): void {
    const done = this.#turns
      .run(() => this.#reset(request))
      .catch(this.#parts.onFault)
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #reset(request: ResetRequest): Promise<void> {
    await sleep(ANSWER_MS);
    const { ledger, crypto, send, onRefused } = this.#parts;
    const { username, context } = request;
    const attempt = await ledger.takeAttempts(accountResetAttempts(crypto, username));
    if (attempt.outcome === "limited") return onRefused(request, "too_many_attempts", null);
    const user = (await ledger.findUser(canonicalUsername(username)))?.user;
    if (user === undefined) return onRefused(request, "unknown_user", null);
    if (user.disabled) return onRefused(request, "user_disabled", user.subject);
    const issued = await issuePasswordCode(this.#parts, user.subject, { dropPassword: false }, context);
    if (issued.outcome === "unknown") return onRefused(request, "unknown_user", null);
    await inTime(send, { ...nameOf(user), code: issued.code, expiresAt: issued.expiresAt });
  }

  /** What is under way is given a little time. What has to wait longer finds the ledger closed, and is told as a fault. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const late = new AbortController();
    await Promise.race([
      Promise.all(this.#underWay),
      sleep(DRAIN_MS, undefined, { signal: late.signal, ref: false }).catch(() => undefined),
    ]);
    late.abort();
  }
}

function nameOf({ subject, username }: User): Pick<PasswordReset, "subject" | "username"> {
  return { subject, username: username ?? subject };
}

async function inTime(send: OnPasswordReset, reset: PasswordReset): Promise<void> {
  const done = new AbortController();
  const late = async () => {
    await sleep(SEND_MS, undefined, { signal: done.signal, ref: false });
    throw new CounterfoilError("unavailable", `onPasswordReset took longer than ${SEND_MS / 1000} seconds.`);
  };
  try {
    await Promise.race([send(reset), late()]);
  } catch (cause) {
    if (cause instanceof CounterfoilError) throw cause;
    throw new CounterfoilError("unavailable", "The application could not send a one-time code.", { cause });
  } finally {
    done.abort();
  }
}
