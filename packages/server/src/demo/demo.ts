import { ConfigurationError } from "@counterfoil/core";
import { composeCounterfoil } from "../compose.ts";
import type { Counterfoil } from "../counterfoil.ts";
import { ROUTES } from "../http/routes/table.ts";
import type { CounterfoilOptions } from "../options.ts";
import { isLoopbackAddress } from "../serve/configuration.ts";
import type { Services } from "../services.ts";
import { dashboard } from "./dashboard.ts";
import { labActions } from "./lab/actions.ts";
import type { Lab } from "./lab/lab.ts";
import { labMeasures } from "./lab/measures/routes.ts";
import { labRoutes } from "./lab/routes.ts";
import { labSpecimens } from "./lab/specimens.ts";
import { tracedFetch } from "./lab/traced-fetch.ts";
import { addDemoUsers, DEMO_USERS } from "./users.ts";

/**
 * A Counterfoil with the sample users, the sample route and the Lab.
 *
 * @param host where it will listen
 * @param opened told what it is made of, once the ledger is open
 * @throws ConfigurationError if that is beyond this machine: everybody knows the passwords
 */
export function createDemo(
  options: CounterfoilOptions,
  host: string,
  lab: Lab,
  opened: (services: Services) => void,
): Counterfoil {
  checkDemoHost(host);
  const lessons = [...labRoutes(lab), ...labActions(lab), ...labSpecimens(), ...labMeasures(lab)];
  const routes = [...ROUTES, dashboard, ...lessons];
  const prepare = async (services: Services) => {
    await addDemoUsers(services);
    opened(services);
  };
  const cf = composeCounterfoil(options, routes, prepare, null, { apiUrl: lab.apiUrl, sampleUsers: DEMO_USERS });
  return { ...cf, fetch: tracedFetch(cf.fetch, lab.traces) };
}

/** @throws ConfigurationError if `host` is reached from beyond this machine */
export function checkDemoHost(host: string): void {
  if (isLoopbackAddress(host)) return;
  throw new ConfigurationError(
    "The demonstration listens on this machine alone, since everybody knows its passwords: leave --host out, or run `counterfoil serve`.",
  );
}
