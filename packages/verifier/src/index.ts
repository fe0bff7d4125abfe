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
export type { Connection, EndReason, ResponseLike, SocketLike } from "./guard/connection.ts";
export type { Guarded, GuardedAuth, GuardOptions } from "./guard/guard.ts";
export type { RequestAuth } from "./request/auth.ts";
export type { RequestHead } from "./request/head.ts";
export type { RequestRefused } from "./request/refusal.ts";
export type { RequestAccepted, RequestVerified, RequestVerifier } from "./request/verify-request.ts";
