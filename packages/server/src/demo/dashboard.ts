import type { Session } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json } from "../http/answer.ts";
import { sessionOf, sessionOver } from "../http/authenticated.ts";
import { forUser } from "../http/for-user.ts";
import { refuse } from "../http/refusal.ts";
import type { Route } from "../http/route.ts";

/** `GET /dashboard`: a protected route to try, by cookie or access token. The name is the session record's. */
export const dashboard: Route = {
  method: "GET",
  path: PATHS.dashboard,
  about: {
    operation: "dashboard",
    summary: "Welcomes the user: a protected page to try, in the demonstration alone.",
    access: "user",
    answers: { 200: z.strictObject({ message: z.string() }) },
    errors: [],
  },
  handle: forUser((services, call, who) => {
    const welcome = (session: Session | null) =>
      session === null
        ? refuse(services, call, sessionOver(who))
        : json(call, 200, { message: `Welcome ${session.username ?? session.subject}` });
    const session = sessionOf(services, who);
    return session instanceof Promise ? session.then(welcome) : welcome(session);
  }),
};
