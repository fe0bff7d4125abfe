import { ConfigurationError, createKeyring, fingerprint } from "@counterfoil/core";
import type { Crypto, LiveKeyring, Secret, SecretFingerprint, SecretWatch } from "@counterfoil/core";

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
   * @throws ConfigurationError if none of the secrets is good, or none is this ledger's: nothing is written then
   */
  async open(): Promise<void> {
    if (await this.#areForeign(this.#secrets)) throw foreign();
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
    const secrets = this.#read();
    if (!(await this.#areForeign(secrets))) return this.#adopt(secrets);
    this.#parts.onUnreadable(foreign());
    return this.#adopt(this.#secrets);
  }

  #areForeign(secrets: readonly Secret[]): Promise<boolean> {
    return this.#parts.watch.areForeign(this.#fingerprintsOf(secrets));
  }

  #fingerprintsOf(secrets: readonly Secret[]): readonly SecretFingerprint[] {
    return secrets.map((secret) => fingerprint(this.#parts.crypto, secret));
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
    const { versions, discarded } = await watch.check(this.#fingerprintsOf(secrets));
    const good = secrets
      .map((secret, index) => ({ secret, version: versions[index]! }))
      .filter(({ version }) => !discarded.some((one) => one.version === version));
    this.#secrets = secrets;
    if (keyring.replace(good.length === 0 ? null : createKeyring(crypto, good))) onLost();
  }
}

function foreign(): ConfigurationError {
  return new ConfigurationError(
    "None of the secrets is one that this ledger's servers seal with. Put the one that it had back: into COUNTERFOIL_SECRET, or in place of the data directory's file `secret`, which may have been made just now. A new one is added behind it (`counterfoil secret rotate`). If the old one is lost, `counterfoil secret replace` goes on with another, and everybody signs in again.",
  );
}
