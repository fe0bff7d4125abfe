import { decodeBase64Url } from "@counterfoil/protocol";

export interface CrackProgress {
  readonly tried: number;
  readonly of: number;
  readonly perSecond: number;
  /** The last one that was tried. */
  readonly at: string;
}

export type Cracked =
  | { readonly outcome: "found"; readonly secret: string; readonly tried: number; readonly durationMs: number }
  | { readonly outcome: "not_in_list"; readonly tried: number; readonly durationMs: number }
  | { readonly outcome: "stopped"; readonly tried: number; readonly durationMs: number };

const BATCH = 200;
const encoder = new TextEncoder();

/**
 * Finds the secret of an HS256 token in a list, by making the signature with each and looking whether it fits. Nobody is
 * asked, so nobody notices, and nothing slows it down.
 */
export async function crack(
  token: string,
  secrets: readonly string[],
  signal: AbortSignal,
  onProgress: (progress: CrackProgress) => void,
): Promise<Cracked> {
  const signed = encoder.encode(token.slice(0, token.lastIndexOf(".")));
  const signature = decodeBase64Url(token.slice(token.lastIndexOf(".") + 1)) ?? new Uint8Array();
  const startedAt = performance.now();
  const duration = () => Math.round(performance.now() - startedAt);
  const fits = async (secret: string) => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["verify"]);
    return crypto.subtle.verify("HMAC", key, signature, signed);
  };
  const tell = (tried: number, at: string) => {
    const perSecond = Math.round(tried / (Math.max(1, duration()) / 1000));
    onProgress({ tried, of: secrets.length, perSecond, at });
  };
  for (let tried = 0; tried < secrets.length; tried += BATCH) {
    const batch = secrets.slice(tried, tried + BATCH);
    const found = (await Promise.all(batch.map(fits))).indexOf(true);
    if (found !== -1) {
      const [secret, attempts] = [batch[found]!, tried + found + 1];
      tell(attempts, secret);
      return { outcome: "found", secret, tried: attempts, durationMs: duration() };
    }
    const soFar = tried + batch.length;
    tell(soFar, batch.at(-1)!);
    // So that it is seen, and can be stopped.
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return { outcome: "stopped", tried: soFar, durationMs: duration() };
  }
  return { outcome: "not_in_list", tried: secrets.length, durationMs: duration() };
}
