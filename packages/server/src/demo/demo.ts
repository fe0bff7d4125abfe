import { ConfigurationError } from "@counterfoil/core";
import { composeCounterfoil } from "../compose.ts";
import type { Counterfoil } from "../counterfoil.ts";
import { ROUTES } from "../http/routes/table.ts";
import type { CounterfoilOptions } from "../options.ts";
import { isLoopbackAddress } from "../serve/configuration.ts";
import type { Services } from "../services.ts";
import { dashboard } from "./dashboard.ts";
import { addDemoUsers } from "./users.ts";

/**
 * A Counterfoil with the sample users and the sample route.
 *
 * @param host where it will listen
 * @param prepare what else is to be done once the ledger is open
 * @throws ConfigurationError if that is beyond this machine: everybody knows the passwords
 */
export function createDemo(
  options: CounterfoilOptions,
  host: string,
  prepare: (services: Services) => Promise<void>,
): Counterfoil {
  checkDemoHost(host);
  return composeCounterfoil(options, [...ROUTES, dashboard], async (services) => {
    await addDemoUsers(services);
    await prepare(services);
  });
}

/** @throws ConfigurationError if `host` is reached from beyond this machine */
export function checkDemoHost(host: string): void {
  if (isLoopbackAddress(host)) return;
  throw new ConfigurationError(
    "The demonstration listens on this machine alone, since everybody knows its passwords: leave --host out, or run `counterfoil serve`.",
  );
}
