import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { errorAnswer, json } from "../answer.ts";
import type { Route } from "../route.ts";

/** `GET /healthz`: the process answers. Says nothing of the ledger: a restart would not mend that. */
export const health: Route = {
  method: "GET",
  path: PATHS.health,
  about: {
    operation: "health",
    summary: "Tells whether the process answers.",
    access: "anyone",
    answers: { 200: z.strictObject({ status: z.literal("ok") }) },
    errors: [],
  },
  handle: (_services, call) => json(call, 200, { status: "ok" }),
};

/**
 * `GET /readyz`: whether to send requests here: it is not about to stop, the ledger is in reach, and no
 * secret that is in use is missing.
 */
export const ready: Route = {
  method: "GET",
  path: PATHS.ready,
  about: {
    operation: "ready",
    summary: "Tells whether to send requests here: 503 while the ledger is out of reach or a secret is missing.",
    access: "anyone",
    answers: { 200: z.strictObject({ status: z.literal("ready") }) },
    errors: [],
  },
  async handle(services, call) {
    if (services.stopping.aborted) return errorAnswer(call, "unavailable", "Not ready: this server is stopping.");
    await services.follower.catchUp();
    const { missing, discarded } = services.secrets;
    if (services.keyring.current === null) {
      const own = discarded.map(({ fingerprint }) => fingerprint).join(", ");
      const sentence = `Not ready: every secret of this server (fingerprints ${own}) was discarded by counterfoil secret replace. Set COUNTERFOIL_SECRET to the one that took their place, and start it again.`;
      return errorAnswer(call, "unavailable", sentence);
    }
    if (missing.length === 0) return json(call, 200, { status: "ready" });
    const names = missing.map(({ fingerprint }) => fingerprint).join(", ");
    const sentence = `Not ready: other servers seal with secrets that this one lacks (fingerprints ${names}). Add them to COUNTERFOIL_SECRET.`;
    return errorAnswer(call, "unavailable", sentence);
  },
};
