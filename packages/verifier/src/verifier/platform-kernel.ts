import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { KernelState, Verified } from "../kernel/examination.ts";
import type { ExaminationOptions } from "../kernel/options.ts";
import type { Jwk } from "../key/jwk.ts";

/** The kernel, with the signatures of a platform: at once, or as promises. */
export interface PlatformKernel extends KernelState {
  verify(token: string): Verified | Promise<Verified>;
  setKeys(keys: readonly Jwk[]): void | Promise<void>;
}

export type CreateKernel = (
  options: ExaminationOptions & { readonly algorithms: readonly SigningAlgorithm[] },
) => PlatformKernel;
