import type { Crypto } from "../crypto.ts";
import type { Keyring } from "../secret/keyring.ts";
import type { SecretWatch } from "../secret/secret-watch.ts";
import type { Handle, HandleKind } from "./handle.ts";
import { claimedSecretVersion, unsealHandle } from "./handle.ts";

export interface HandleParts {
  readonly crypto: Crypto;
  readonly keyring: Keyring;
  readonly secrets: SecretWatch;
}

/**
 * The handle that a credential is, or `null` for one that is forged or mistyped: no I/O for either, but where it names
 * a secret that this server has not.
 *
 * @throws StoreError if it was sealed with a secret that other servers have: a fault of ours, and no sign-out
 */
export async function openHandle(parts: HandleParts, kind: HandleKind, text: string): Promise<Handle | null> {
  const handle = unsealHandle(parts.crypto, parts.keyring, kind, text);
  if (handle !== null) return handle;
  const version = claimedSecretVersion(kind, text);
  if (version !== null && !parts.keyring.byVersion.has(version)) await parts.secrets.requireUnknown(version);
  return null;
}
