import { PATHS } from "@counterfoil/protocol";
import { errorAnswer, json } from "../answer.ts";
import type { Route } from "../route.ts";

/** `GET /healthz`: the process answers. Says nothing of the ledger: a restart would not mend that. */
export const health: Route = {
  method: "GET",
  path: PATHS.health,
  handle: (_services, call) => json(call, 200, { status: "ok" }),
};

/** `GET /readyz`: whether to send requests here: the ledger is in reach, and no secret that it knows is missing. */
export const ready: Route = {
  method: "GET",
  path: PATHS.ready,
  async handle(services, call) {
    await services.follower.catchUp();
    const { missingSecrets } = services;
    if (missingSecrets.length === 0) return json(call, 200, { status: "ready" });
    const sentence = `Not ready: the ledger knows secrets that this server lacks (fingerprints ${missingSecrets.join(", ")}). Add them to COUNTERFOIL_SECRET, behind the first.`;
    return errorAnswer(call, "unavailable", sentence);
  },
};
