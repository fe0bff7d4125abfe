export { createKernel } from "./kernel/kernel.ts";
export type { Accepted, Kernel, Verified } from "./kernel/kernel.ts";
export type { KernelClock, KernelOptions } from "./kernel/options.ts";
export type { Refused, VerificationFailure } from "./kernel/refusal.ts";
export type { Jwk, VerificationJwk } from "./key/jwk.ts";
export type { RevocationView } from "./revocation/revocation-set.ts";
export type { SignatureCheck, SignaturePort } from "./signature/signature-port.ts";
export type { Auth } from "./token/auth.ts";
