import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { z } from "zod";
import { errorAnswer, json } from "../../http/answer.ts";
import { readBody } from "../../http/body.ts";
import { refuse } from "../../http/refusal.ts";
import type { Route } from "../../http/route.ts";
import { forLabPage } from "./for-lab-page.ts";
import type { Lab } from "./lab.ts";

const StatusSchema = z.object({
  api: z.object({
    state: z.enum(["cold", "fresh", "stale"]),
    staleness_ms: z.number().nullable(),
    revocations: z.int(),
    cut: z.boolean(),
    sockets: z.int(),
    requests: z.int(),
  }),
  bound_ms: z.int(),
  last_revocation: z
    .object({
      type: z.string(),
      of: z.string(),
      reason: z.string().nullable(),
      latency_ms: z.number().nullable(),
      number: z.int(),
    })
    .nullable(),
  last_restart: z.object({ number: z.int(), away_ms: z.number().nullable() }).nullable(),
});

function statusOf(lab: Lab): z.infer<typeof StatusSchema> | null {
  const { api, lastRevocation, lastRestart } = lab;
  if (api === null) return null;
  const { state, stalenessMs, revocations } = api.status;
  return {
    api: {
      state,
      staleness_ms: stalenessMs,
      revocations,
      cut: api.network.isCut,
      sockets: api.sockets,
      requests: api.network.requests,
    },
    bound_ms: STALENESS_BOUND_MS,
    last_revocation: lastRevocation,
    last_restart: lastRestart,
  };
}

/** The Lab's routes on the demonstration's own parts. There are none of them but there. */
export function labActions(lab: Lab): readonly Route[] {
  return [status(lab), action(lab)];
}

/** `GET /lab/status`: how the sample API is, and what it heard of last. */
const status = (lab: Lab): Route => ({
  method: "GET",
  path: "/lab/status",
  about: {
    operation: "labStatus",
    summary: "How the sample API is, what it heard of last, and how long that took.",
    access: "anyone",
    answers: { 200: StatusSchema },
    errors: ["csrf_refused"],
  },
  handle: forLabPage((_services, call) => {
    const now = statusOf(lab);
    return now === null ? errorAnswer(call, "unavailable") : json(call, 200, now);
  }),
});

const NoBody = z.strictObject({});

/** `POST /lab/actions/{name}`: cuts the sample API off, heals it, or starts the server again. */
const action = (lab: Lab): Route => ({
  method: "POST",
  path: "/lab/actions/:name",
  about: {
    operation: "labAction",
    summary: "Cuts the sample API off from the server (cut), heals it (heal), or starts the server again (restart).",
    access: "anyone",
    body: NoBody,
    answers: { 200: StatusSchema, 202: StatusSchema },
    errors: ["not_found"],
  },
  handle: forLabPage(async (services, call) => {
    await readBody(call.request, NoBody);
    const { api } = lab;
    if (api === null) return errorAnswer(call, "unavailable");
    switch (call.params["name"]) {
      case "cut":
        api.network.cut();
        return json(call, 200, statusOf(lab));
      case "heal":
        api.network.heal();
        return json(call, 200, statusOf(lab));
      case "restart":
        restartSoon(lab);
        return json(call, 202, statusOf(lab), { Connection: "close" });
      case undefined:
      default: {
        const sentence = "There is no such action: cut, heal and restart are all.";
        return refuse(services, call, { code: "not_found", reason: "malformed", sentence });
      }
    }
  }),
});

/** The answer has to be out before the connection goes. */
const ANSWER_FIRST_MS = 50;

function restartSoon(lab: Lab): void {
  setTimeout(() => void lab.restart(), ANSWER_FIRST_MS);
}
