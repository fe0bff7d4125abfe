export { createKernel } from "./kernel/kernel.ts";
export type { Kernel } from "./kernel/kernel.ts";
export { createAsyncKernel } from "./kernel/async-kernel.ts";
export type { AsyncKernel } from "./kernel/async-kernel.ts";
export type { Accepted, KernelState, Verified } from "./kernel/examination.ts";
export type { AsyncKernelOptions, KernelClock, KernelOptions } from "./kernel/options.ts";
export type { Refused, VerificationFailure } from "./kernel/refusal.ts";
export type { Jwk, VerificationJwk } from "./key/jwk.ts";
export type { RevocationView } from "./revocation/revocation-set.ts";
export type {
  AsyncSignatureCheck,
  AsyncSignaturePort,
  SignatureCheck,
  SignaturePort,
} from "./signature/signature-port.ts";
export { webSignatures } from "./signature/web-signatures.ts";
export type { Auth } from "./token/auth.ts";
