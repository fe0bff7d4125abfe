import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import type { KeyLedger, MissingSecret, SecretsAdopted } from "../ledger/keys.ts";
import type { SecretFingerprint } from "./keyring.ts";

/** Handles that name an unknown secret cost one look into the ledger in this time, however many come. */
const UNKNOWN_SECRET_INTERVAL_MS = 1_000;

/** Knows which secrets this server lacks, and which of its own an operator has discarded since it started. */
export class SecretWatch {
  readonly #ledger: Pick<KeyLedger, "adoptSecrets" | "listSecrets">;
  readonly #clock: Clock;
  #fingerprints: readonly SecretFingerprint[] = [];
  readonly #neededSeconds: number;
  #missing: readonly MissingSecret[] = [];
  #discarded: readonly MissingSecret[] = [];
  #checking: Promise<unknown> = Promise.resolve();
  /** When it was last asked because of a handle: the look that is due anyway may be older than the secret. */
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param neededSeconds how long a session, and so what a secret has sealed, can live */
  constructor(
    ledger: Pick<KeyLedger, "adoptSecrets" | "listSecrets">,
    clock: Clock,
    neededSeconds: number,
    fingerprints: readonly SecretFingerprint[] = [],
  ) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#fingerprints = fingerprints;
    this.#neededSeconds = neededSeconds;
  }

  /** Those that something alive may be sealed with, and this server has not, as of the last {@link check}. */
  get missing(): readonly MissingSecret[] {
    return this.#missing;
  }

  /** Those of this server that are good for nothing any more, as of the last {@link check}. */
  get discarded(): readonly MissingSecret[] {
    return this.#discarded;
  }

  /**
   * Whether the ledger knows none of these, and somebody seals with another: then they are another ledger's, or the old
   * one was lost. A new secret comes beside one that is known. To adopt these would put all the other servers out of
   * service, for as long as a session lives, since they lack what is sealed from now on.
   *
   * @throws StoreError if the ledger is out of reach
   */
  async areForeign(fingerprints: readonly SecretFingerprint[]): Promise<boolean> {
    const { secrets, now } = await this.#ledger.listSecrets();
    const isKnown = secrets.some((secret) => fingerprints.includes(secret.fingerprint));
    const since = now - this.#neededSeconds * 1000;
    const isNeeded = secrets.some(({ sealedAt, discardedAt }) => discardedAt === null && (sealedAt ?? 0) >= since);
    return !isKnown && isNeeded;
  }

  /**
   * One after the other: a check of the list before, which takes longer, must not have the last word.
   *
   * @param fingerprints what this server has from now on, where that has changed; the first seals
   * @throws StoreError if the ledger is out of reach; all stays as it was
   */
  check(fingerprints?: readonly SecretFingerprint[]): Promise<SecretsAdopted> {
    const check = this.#checking.then(() => this.#check(fingerprints ?? this.#fingerprints));
    this.#checking = check.catch(() => undefined);
    return check;
  }

  /**
   * For a handle of a secret that this server has not. Somebody's good credential must not be refused for a
   * configuration of ours; an invented number is a forgery like any other.
   *
   * @throws StoreError if the ledger knows that secret, or is out of reach
   */
  async requireUnknown(version: number): Promise<void> {
    // What an operator has discarded is a forgery for good, and takes nobody's turn to ask.
    if (this.#discarded.some((secret) => secret.version === version)) return;
    const now = this.#clock.monotonic();
    if (now - this.#askedAt >= UNKNOWN_SECRET_INTERVAL_MS) {
      this.#askedAt = now;
      await this.check();
    }
    const missing = this.#missing.find((secret) => secret.version === version);
    if (missing === undefined) return;
    throw new StoreError(
      `This server lacks a secret that others seal with (fingerprint ${missing.fingerprint}): add it to COUNTERFOIL_SECRET.`,
    );
  }

  async #check(fingerprints: readonly SecretFingerprint[]): Promise<SecretsAdopted> {
    const adopted = await this.#ledger.adoptSecrets({ fingerprints, neededSeconds: this.#neededSeconds });
    this.#fingerprints = fingerprints;
    this.#missing = adopted.missing;
    this.#discarded = adopted.discarded;
    return adopted;
  }
}
