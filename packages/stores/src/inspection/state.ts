import type { StoredSecret, StoredSigningKey } from "@counterfoil/core";

/** What a ledger holds, as far as its operator has to know. Instants are milliseconds since the epoch. */
export interface LedgerState {
  readonly createdAt: number;
  readonly newestEventAt: number | null;
  readonly signingKeys: readonly InspectedKey[];
  readonly secrets: readonly StoredSecret[];
  readonly users: number;
  /** Those who are not disabled. */
  readonly admins: number;
  /** Sessions that ended before `endedBefore`, and that nobody has deleted. */
  readonly dead: number;
}

/** Without what it signs with. */
export type InspectedKey = Omit<StoredSigningKey, "publicJwk" | "sealedKey">;
