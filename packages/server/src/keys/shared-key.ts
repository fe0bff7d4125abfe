import { ConfigurationError } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import type { Settings } from "../config/settings.ts";

/**
 * @throws ConfigurationError where services that check tokens would hold the key that signs them
 */
export async function refuseSharedKey(
  { algorithm }: Pick<Settings, "algorithm">,
  ledger: Pick<Ledger, "listVerifiers">,
): Promise<void> {
  if (algorithm !== "HS256" || (await ledger.listVerifiers()).length === 0) return;
  throw new ConfigurationError(
    "HS256 and registered verifiers do not go together: with the one key each service could mint the tokens that it asks about. Set COUNTERFOIL_ALGORITHM to another algorithm, or remove the verifiers with `counterfoil verifiers remove`.",
  );
}
