import { ConfigurationError, createKeyring, fingerprint } from "@counterfoil/core";
import type { Crypto, LiveKeyring, Secret, SecretWatch } from "@counterfoil/core";

export interface LiveSecretsParts {
  readonly crypto: Crypto;
  readonly keyring: LiveKeyring;
  readonly watch: SecretWatch;
  /** The operator's list as it is now. */
  readonly read: () => readonly Secret[];
  /** Told when something that was accepted before is not any more. */
  readonly onLost: () => void;
  /** Told when the list cannot be read, or is wrong: the one before goes on. */
  readonly onUnreadable: (error: unknown) => void;
}

/** The secrets of a running server: read again now and then, so that rotating them takes no restart. */
export class LiveSecrets {
  readonly #parts: LiveSecretsParts;
  #secrets: readonly Secret[];

  /** @param secrets as they were read at the start */
  constructor(secrets: readonly Secret[], parts: LiveSecretsParts) {
    this.#secrets = secrets;
    this.#parts = parts;
  }

  /**
   * The first look, at the start.
   *
   * @throws StoreError if the ledger is out of reach
   * @throws ConfigurationError if none of the secrets is good
   */
  async open(): Promise<void> {
    await this.#adopt(this.#secrets);
    if (this.#parts.keyring.current !== null) return;
    throw new ConfigurationError(
      "Every secret in COUNTERFOIL_SECRET (or its file) was discarded by `counterfoil secret replace`: set the one that took their place.",
    );
  }

  /**
   * Reads the operator's list, and puts the keyring in its place in one turn. A list that is wrong changes nothing.
   *
   * @throws StoreError if the ledger is out of reach; the keyring stays as it was
   */
  async refresh(): Promise<void> {
    await this.#adopt(this.#read());
  }

  #read(): readonly Secret[] {
    try {
      return this.#parts.read();
    } catch (error) {
      this.#parts.onUnreadable(error);
      return this.#secrets;
    }
  }

  async #adopt(secrets: readonly Secret[]): Promise<void> {
    const { crypto, keyring, watch, onLost } = this.#parts;
    const { versions, discarded } = await watch.check(secrets.map((secret) => fingerprint(crypto, secret)));
    const good = secrets
      .map((secret, index) => ({ secret, version: versions[index]! }))
      .filter(({ version }) => !discarded.some((one) => one.version === version));
    this.#secrets = secrets;
    if (keyring.replace(good.length === 0 ? null : createKeyring(crypto, good))) onLost();
  }
}
