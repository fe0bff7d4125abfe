import { systemClock } from "@counterfoil/core";
import { z } from "zod";
import { json } from "../../http/answer.ts";
import { readBody } from "../../http/body.ts";
import { refuse } from "../../http/refusal.ts";
import type { Route } from "../../http/route.ts";
import { exchange } from "./exchange.ts";
import type { Exchange, RawHeader } from "./exchange.ts";
import { ExchangeSchema, ExchangeWishSchema } from "./exchange-schema.ts";
import { forLabPage } from "./for-lab-page.ts";
import type { Lab } from "./lab.ts";

/** The Lab's routes on what it asks for. There are none of them but in the demonstration. */
export function labRoutes(lab: Lab): readonly Route[] {
  return [exchanges(lab), storms(lab), trace(lab)];
}

function send(lab: Lab, { target, headers, ...wish }: z.infer<typeof ExchangeWishSchema>): Promise<Exchange> {
  const base = target === "server" ? lab.issuer : lab.apiUrl;
  return exchange(base, { ...wish, headers: headers as readonly RawHeader[] | undefined });
}

/** `POST /lab/exchanges`: one real request to this server or the sample API, as a client without a browser sends it. */
const exchanges = (lab: Lab): Route => ({
  method: "POST",
  path: "/lab/exchanges",
  about: {
    operation: "labExchange",
    summary: "Sends one request to this server or the sample API as a client without a browser would.",
    access: "anyone",
    body: ExchangeWishSchema,
    answers: { 200: ExchangeSchema },
    errors: [],
  },
  handle: forLabPage(async (_services, call) => {
    const wish = await readBody(call.request, ExchangeWishSchema);
    return json(call, 200, await send(lab, wish));
  }),
});

const MAX_STORM = 100;
const StormBody = z.strictObject({
  count: z.int().min(2, "expected 2 to 100").max(MAX_STORM, "expected 2 to 100"),
  exchange: ExchangeWishSchema,
});

/** `POST /lab/storms`: the same request many times at once, each over a connection of its own. A browser opens six. */
const storms = (lab: Lab): Route => ({
  method: "POST",
  path: "/lab/storms",
  about: {
    operation: "labStorm",
    summary: "Sends the same request many times at once, each over a connection of its own.",
    access: "anyone",
    body: StormBody,
    answers: { 200: z.object({ exchanges: z.array(ExchangeSchema), duration_ms: z.number() }) },
    errors: [],
  },
  handle: forLabPage(async (_services, call) => {
    const { count, exchange: wish } = await readBody(call.request, StormBody);
    const startedAt = systemClock.monotonic();
    const all = await Promise.all(Array.from({ length: count }, () => send(lab, wish)));
    return json(call, 200, { exchanges: all, duration_ms: Math.round(systemClock.monotonic() - startedAt) });
  }),
});

/** `GET /lab/traces/{id}`: one of the page's own requests, as it arrived; no script sees its cookies otherwise. */
const trace = (lab: Lab): Route => ({
  method: "GET",
  path: "/lab/traces/:id",
  about: {
    operation: "labTrace",
    summary: "A request that was sent with the header Lab-Trace, as it arrived and was answered.",
    access: "anyone",
    answers: { 200: ExchangeSchema },
    errors: ["csrf_refused", "not_found"],
  },
  handle: forLabPage((services, call) => {
    const found = lab.traces.get(call.params["id"] ?? "");
    if (found !== undefined) return json(call, 200, found);
    const sentence = "No request has come under that name, or too many after it.";
    return refuse(services, call, { code: "not_found", reason: "malformed", sentence });
  }),
});
