import type { Verifier } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import { jsonText } from "../answer.ts";
import type { Call } from "../call.ts";
import { eventStreamHeaders, lastEventId, wantsEventStream } from "../event-streams.ts";
import { answerOf, FeedAnswerJson } from "../feed-json.ts";
import { FEED_READERS } from "../feed-streams.ts";
import { forVerifier } from "../for-verifier.ts";
import { readQuery } from "../query.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";

const FeedQuery = z.strictObject({
  since: z
    .string()
    .optional()
    .describe(
      "The place of an earlier receipt, of any of the servers. Whatever is none gets everything that still matters.",
    ),
});

/**
 * `GET /revocations`: the revocation feed, for whoever verifies access tokens on its own. What it tells was read from the
 * ledger after the request arrived. The wire is in `docs/feed.md`.
 */
export const revocations: Route = {
  method: "GET",
  path: PATHS.revocations,
  about: {
    operation: "revocations",
    summary:
      "Tells what was revoked, since a place or altogether. With `Accept: text/event-stream`, goes on telling, from `Last-Event-ID` or `since`, with a receipt four times a second.",
    access: "verifier",
    query: FeedQuery,
    headers: z.object({ "Last-Event-ID": z.string().optional().describe("Where to go on, in a stream.") }),
    stream: "on_request",
    answers: { 200: FeedAnswerJson },
    errors: ["overloaded"],
  },
  handle: forVerifier(async (services, call, verifier) => {
    const since = readQuery(call.request, FeedQuery).since ?? null;
    return wantsEventStream(call.request)
      ? stream(services, call, verifier, since)
      : answer(services, call, verifier, since);
  }),
};

async function answer(services: Services, call: Call, verifier: Verifier, since: string | null): Promise<Response> {
  const told = answerOf(services.settings.issuer, await services.feedLog.open(since));
  // The ledger's history became another one in between.
  if (told === null) return answer(services, call, verifier, null);
  services.verifierContacts.told(verifier.id);
  return jsonText(call, 200, told);
}

async function stream(services: Services, call: Call, { id }: Verifier, since: string | null): Promise<Response> {
  const { reset } = call;
  // To ask what it would answer with opens nothing.
  const body =
    call.method === "HEAD"
      ? null
      : await services.feedStreams.open({ verifier: id, place: lastEventId(call.request) ?? since, reset });
  if (body !== "full") return new Response(body, { headers: eventStreamHeaders(call) });
  const sentence = `As many services follow the feed here as a process has room for (${FEED_READERS}).`;
  return refuse(services, call, { code: "overloaded", reason: "event_streams_full", sentence });
}
