import type { LedgerEvent } from "@counterfoil/core";
import { z } from "zod";
import { named } from "./schema.ts";
import { sentence } from "../explain/sentences.ts";
import { seconds } from "./seconds.ts";

/** An event as administrators read it. */
export const EventJson = named(
  "Event",
  z.object({
    id: z.int(),
    at: z.int(),
    type: z.string(),
    what: z.string().describe("In plain words."),
    details: z.record(z.string(), z.unknown()).describe("What the type tells besides."),
    sub: z.string().nullable(),
    sid: z.string().nullable(),
    request_id: z.string().nullable(),
    remote_address: z.string().nullable(),
    user_agent: z.string().nullable(),
    actor: z.string().nullable(),
  }),
);

export function eventJson({ id, at, body, subject, sid, context }: LedgerEvent): z.infer<typeof EventJson> {
  const { type, ...details } = body;
  return {
    id,
    at: seconds(at),
    type,
    what: sentence(body),
    details: Object.fromEntries(Object.entries(details).map(([name, value]) => [snakeCase(name), value])),
    sub: subject,
    sid,
    request_id: context?.requestId ?? null,
    remote_address: context?.remoteAddress ?? null,
    user_agent: context?.userAgent ?? null,
    actor: context?.actor ?? null,
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
