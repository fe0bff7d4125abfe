import { PATHS, readCredential } from "@counterfoil/protocol";
import { z } from "zod";
import { authenticateRequest, NOT_AUTHENTICATED, sessionOver } from "../authenticated.ts";
import { eventStreamHeaders, lastEventId } from "../event-streams.ts";
import { NoQuery, readQuery } from "../query.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";

/**
 * `GET /me/stream`: tells the user's own pages that their session has ended, or that the user's claims have changed. For
 * `EventSource`, so by cookie alone. It is open whether anybody looks at it or not, so it is no activity.
 */
export const meStream: Route = {
  method: "GET",
  path: PATHS.meStream,
  about: {
    operation: "meStream",
    summary:
      "Tells a page that its session has ended (`session-ended`, and then nothing more), or that its user's claims have changed (`claims-changed`), as server-sent events.",
    access: "user",
    credentials: ["cookie"],
    headers: z.object({ "Last-Event-ID": z.string().optional().describe("The version of the claims that it knows.") }),
    stream: "always",
    answers: { 200: null },
    errors: ["overloaded"],
  },
  async handle(services, call) {
    readQuery(call.request, NoQuery);
    if (readCredential(call.request, services.cookieName).kind === "bearer") {
      const sentence = "This stream is for the pages of a browser: it takes the session cookie alone.";
      return refuse(services, call, { ...NOT_AUTHENTICATED, sentence });
    }
    const authentication = await authenticateRequest(services, call.request, { activity: false });
    if (authentication.outcome === "refused") return refuse(services, call, authentication);
    const { who } = authentication;
    if (who.session === null) return refuse(services, call, sessionOver(who));
    const headers = eventStreamHeaders(call);
    // To ask what it would answer with opens nothing.
    if (call.method === "HEAD") return new Response(null, { headers });
    const stream = services.pageStreams.open(who.session);
    if (stream === "full") {
      const sentence = "As many pages are open here as a process, or one session, has room for.";
      const { sid, subject } = who;
      return refuse(services, call, { code: "overloaded", reason: "event_streams_full", sentence, sid, subject });
    }
    const known = /^\d{1,15}$/.exec(lastEventId(call.request) ?? "")?.[0];
    try {
      if (await stream.begin(known === undefined ? null : Number(known))) return new Response(stream.body, { headers });
    } catch (error) {
      await stream.body.cancel();
      throw error;
    }
    return refuse(services, call, sessionOver(who));
  },
};
