import type { FeedEntry } from "@counterfoil/protocol";
import { systemClock } from "@counterfoil/core";
import type { SampleApi } from "../api/api.ts";
import { Traces } from "./traces.ts";

/** The last revocation, as the sample API heard of it. */
export interface HeardRevocation {
  readonly type: FeedEntry["type"];
  /** The session's `sid`, the user's `sub` or the key's `kid`. */
  readonly of: string;
  readonly reason: string | null;
  /** From the decision to its effect in the API; `null` where the entry does not say when it was decided. */
  readonly latency_ms: number | null;
  /** Counts those that were heard of: a new number is a new one. */
  readonly number: number;
}

/** The last time that the server was started again. */
export interface Restarted {
  readonly number: number;
  /** How long nobody answered; `null` while nobody does. */
  readonly away_ms: number | null;
}

export interface LabOptions {
  readonly issuer: string;
  readonly apiUrl: string;
  /** The ledger's file; `null` where it has none. */
  readonly ledgerPath: string | null;
  /** Hangs up on everybody, closes the ledger, opens it and listens again. */
  readonly restart: () => Promise<void>;
}

/** What the Lab's routes work on: it outlives the server that answers them. */
export class Lab {
  readonly issuer: string;
  readonly apiUrl: string;
  readonly ledgerPath: string | null;
  readonly traces = new Traces();
  /** Once it is there. */
  api: SampleApi | null = null;
  lastRevocation: HeardRevocation | null = null;
  lastRestart: Restarted | null = null;
  readonly #restart: () => Promise<void>;
  #restarting = false;
  #measuring = false;

  constructor({ issuer, apiUrl, ledgerPath, restart }: LabOptions) {
    this.issuer = issuer;
    this.apiUrl = apiUrl;
    this.ledgerPath = ledgerPath;
    this.#restart = restart;
  }

  heard(entry: FeedEntry): void {
    const { event_timestamp: at, reason = null, type } = entry;
    this.lastRevocation = {
      type,
      of: type === "session-revoked" ? entry.sid : type === "claims-changed" ? entry.sub : entry.kid,
      reason,
      // By the clock of this machine, on which both are.
      latency_ms: at === undefined ? null : Math.max(0, Math.round(systemClock.now() - at * 1000)),
      number: (this.lastRevocation?.number ?? 0) + 1,
    };
  }

  /** Measures one thing at a time: two would measure each other. @returns `null` where another is being measured */
  async measure<T>(what: () => Promise<T>): Promise<T | null> {
    if (this.#measuring) return null;
    this.#measuring = true;
    try {
      return await what();
    } finally {
      this.#measuring = false;
    }
  }

  /** @returns once the server answers again; at once, if it is on its way already */
  async restart(): Promise<void> {
    if (this.#restarting) return;
    this.#restarting = true;
    const number = (this.lastRestart?.number ?? 0) + 1;
    const startedAt = systemClock.monotonic();
    this.lastRestart = { number, away_ms: null };
    try {
      await this.#restart();
      this.lastRestart = { number, away_ms: Math.round(systemClock.monotonic() - startedAt) };
    } finally {
      this.#restarting = false;
    }
  }
}
