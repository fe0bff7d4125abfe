import type { Clock } from "../clock.ts";
import { ConfigurationError, StoreError } from "../errors.ts";
import { Rounds } from "../rounds.ts";
import type { SigningKey, SigningKeys } from "./signing-keys.ts";

/** Tokens under a key that nobody knows cost one look into the ledger in this time, however many come. */
const UNKNOWN_KEY_INTERVAL_MS = 5_000;

/** The signing keys as this process knows them: read again when there is reason to think that they have changed. */
export class SigningKeyHolder {
  readonly #load: () => Promise<SigningKeys>;
  readonly #clock: Clock;
  readonly #onLoad: (keys: SigningKeys) => void;
  #keys: SigningKeys | null = null;
  /** Why nothing signs: the ledger's signing key is one that this server cannot open. */
  #unusable: ConfigurationError | null = null;
  readonly #reads = new Rounds(() => this.#read());
  #unknownAt = Number.NEGATIVE_INFINITY;

  /** @param onLoad told of the keys each time that they were read, before anybody signs with them */
  constructor(load: () => Promise<SigningKeys>, clock: Clock, onLoad: (keys: SigningKeys) => void) {
    this.#load = load;
    this.#clock = clock;
    this.#onLoad = onLoad;
  }

  /**
   * The key that signs. There must have been a {@link SigningKeyHolder.reload}.
   *
   * @throws StoreError if the ledger's is one that this server cannot open: the one before may be retired or revoked
   */
  get current(): SigningKey {
    const { current } = this.#loaded();
    if (this.#unusable !== null) throw new StoreError(this.#unusable.message, { cause: this.#unusable });
    return current;
  }

  get jwkSet(): SigningKeys["jwkSet"] {
    return this.#loaded().jwkSet;
  }

  /**
   * Resolves when a reading of the keys that began after this call has ended: a change before it is known then.
   *
   * @throws StoreError if the ledger is out of reach; the keys stay as they were
   * @throws ConfigurationError if the key that should sign cannot be opened: nothing is signed, until it can
   */
  reload(): Promise<void> {
    return this.#reads.run();
  }

  /**
   * For a token under an unknown key, which another process may have made since.
   *
   * @returns whether the keys were read again, so that it is worth another look
   */
  async reloadForUnknown(): Promise<boolean> {
    const now = this.#clock.monotonic();
    if (now - this.#unknownAt < UNKNOWN_KEY_INTERVAL_MS) return false;
    this.#unknownAt = now;
    await this.reload();
    return true;
  }

  #loaded(): SigningKeys {
    if (this.#keys === null) throw new TypeError("the signing keys have not been loaded");
    return this.#keys;
  }

  async #read(): Promise<void> {
    try {
      const keys = await this.#load();
      this.#onLoad(keys);
      this.#keys = keys;
      this.#unusable = null;
    } catch (error) {
      if (error instanceof ConfigurationError) this.#unusable = error;
      throw error;
    }
  }
}
