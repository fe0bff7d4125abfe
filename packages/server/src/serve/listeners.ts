import type { ServerConfiguration } from "../config/environment.ts";
import type { Counterfoil } from "../counterfoil.ts";
import type { MetricsText } from "../metrics/metrics.ts";
import { listen } from "./listen.ts";
import type { Listening } from "./listen.ts";
import { listenForMetrics } from "./metrics-listener.ts";

/**
 * Listens wherever the configuration says: all of it or nothing.
 *
 * @throws ConfigurationError if one of the addresses cannot be listened on
 */
export async function openListeners(
  cf: Counterfoil,
  metrics: MetricsText | null,
  configuration: Pick<ServerConfiguration, "host" | "port" | "trustProxy" | "admin" | "metrics">,
): Promise<Omit<Listening, "port" | "hangUp">> {
  const { host, port, trustProxy, admin } = configuration;
  const others: AsyncDisposable[] = [];
  const listening: Listening[] = [];
  const closeAll = async () =>
    void (await Promise.all([...others, ...listening].map((each) => each[Symbol.asyncDispose]())));
  try {
    if (metrics !== null && configuration.metrics !== null) {
      others.push(await listenForMetrics(metrics, configuration.metrics));
    }
    if (admin !== null) listening.push(await listen(cf, { ...admin, trustProxy, admin: true }));
    // Last: whoever is answered here finds the others open.
    listening.push(await listen(cf, { host, port, trustProxy }));
  } catch (error) {
    await closeAll();
    throw error;
  }
  return {
    leave: () => {
      for (const each of listening) each.leave();
    },
    [Symbol.asyncDispose]: closeAll,
  };
}
