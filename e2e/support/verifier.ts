import { parseVerifierName, registerVerifier, systemRandom } from "@counterfoil/core";
import type { LocalServer } from "./local.ts";

/** Registers a service. @returns its credential */
export async function register({ services }: Pick<LocalServer, "services">, name: string): Promise<string> {
  const registered = await registerVerifier({ ...services, random: systemRandom }, parseVerifierName(name)!, null);
  if (registered.outcome !== "added") throw new Error(registered.outcome);
  return registered.credential;
}
