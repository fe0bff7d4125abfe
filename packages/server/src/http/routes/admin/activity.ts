import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json } from "../../answer.ts";
import { forAdmin } from "../../for-admin.ts";
import { NoQuery, readQuery } from "../../query.ts";
import type { Route } from "../../route.ts";
import { seconds } from "../../seconds.ts";

const ActivityJson = z.object({
  minutes: z
    .array(
      z.object({
        at: z.int().describe("When it began."),
        sign_ins: z.int(),
        refusals: z.int(),
        refreshes: z.int(),
        revocations: z.int().describe("Those whose way through this process was measured."),
        revocation_ms_mean: z.number().nullable(),
        revocation_ms_max: z.number().nullable(),
      }),
    )
    .describe("Sixty, the oldest first; the last is the one that is not over."),
  complete: z.boolean().describe("Whether all events of the hour are counted; else ask again, and more are."),
  measured_since: z.int().describe("Since when this process measures how long revocations take."),
});

/** `GET /admin/activity`: the last hour in numbers. */
export const adminActivity: Route = {
  method: "GET",
  path: PATHS.adminActivity,
  about: {
    operation: "adminActivity",
    summary:
      "Counts sign-ins, refusals and refreshes of the last hour by minute, from the event log; and tells how long revocations took from the ledger to the readers of this process's feed.",
    access: "admin",
    answers: { 200: ActivityJson },
    errors: ["invalid_request"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const { minutes, complete } = await services.eventMinutes.read();
    const latencies = new Map(services.revocationMinutes.minutes().map((one) => [one.minute, one]));
    return json(call, 200, {
      minutes: minutes.map(({ minute, signIns, refusals, refreshes }) => {
        const { count = 0, meanMs = null, maxMs = null } = latencies.get(minute) ?? {};
        return {
          at: seconds(minute),
          sign_ins: signIns,
          refusals,
          refreshes,
          revocations: count,
          revocation_ms_mean: meanMs,
          revocation_ms_max: maxMs,
        };
      }),
      complete,
      measured_since: seconds(services.revocationMinutes.since),
    });
  }),
};
