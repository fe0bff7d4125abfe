import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { AskedState } from "../asked/asked-state.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { Instant } from "../page/instant.tsx";
import { SectionTitle } from "../page/section-title.tsx";
import type { Activity, Minute } from "./activity.ts";
import { Chart } from "./chart.tsx";

const LOOK_MS = 10_000;
const MINUTES = 60;
/** Before anything has come: the charts keep their place. */
const NOTHING: Activity = {
  minutes: Array.from({ length: MINUTES }, () => ({
    at: 0,
    sign_ins: 0,
    refusals: 0,
    refreshes: 0,
    revocations: 0,
    revocation_ms_mean: null,
    revocation_ms_max: null,
  })),
  complete: true,
  measured_since: 0,
};

/** The last hour, to be looked at rather than read. */
export function OverviewSection() {
  const asked = useAsked<Activity>("admin/activity", LOOK_MS);
  const { minutes, complete, measured_since: since } = asked.value ?? NOTHING;
  const points = (value: (minute: Minute) => number | null) =>
    minutes.map((minute) => ({ at: minute.at, value: value(minute) }));
  return (
    <section aria-labelledby="section">
      <SectionTitle>The last hour, by minute</SectionTitle>
      <div className="notices">
        <AskedState {...asked} />
      </div>
      <div className="charts">
        <Chart title="Sign-ins" points={points((minute) => minute.sign_ins)} unit="">
          Sessions that were opened, from the event log.
        </Chart>
        <Chart title="Refusals" points={points((minute) => minute.refusals)} unit="">
          Requests that were refused, from the event log: wrong passwords, ended sessions, and all else.
        </Chart>
        <Chart title="Refreshes" points={points((minute) => minute.refreshes)} unit="">
          Access tokens that were refreshed, by cookie or refresh token, from the event log.
        </Chart>
        <Chart
          title="Revocation latency"
          points={points((minute) => minute.revocation_ms_max)}
          unit=" ms"
          bound={STALENESS_BOUND_MS}
        >
          The slowest of each minute, from the decision in the ledger to when this server process handed it to the
          readers of its feed; the way over the network comes on top. Measured since{" "}
          <Instant at={asked.value === null ? null : since} none="…" />.
        </Chart>
      </div>
      <output className="hint">
        {complete ? "All events of the hour are counted." : "There are many events: counting goes on with each look."}
      </output>
    </section>
  );
}
