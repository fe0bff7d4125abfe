import { canonicalUsername, checkExternal, CounterfoilError, openSession } from "@counterfoil/core";
import type { ExternalUser } from "@counterfoil/core";
import type { Services } from "./services.ts";
import { answerGuarded } from "./http/app.ts";
import type { RequestInfo } from "./http/app.ts";
import { refuse } from "./http/refusal.ts";
import { answerSignIn, sessionWish } from "./http/sign-in-answer.ts";
import type { WishedSignIn } from "./http/sign-in-answer.ts";

export interface SignInOptions extends WishedSignIn, RequestInfo {
  /** How the user proved presence (RFC 8176); the user's own, or `["pwd"]`, where it is left out. */
  readonly amr?: readonly string[];
}

/** Opens a session for a user of the application's, and answers as `/login` does. */
export function signInUser(
  services: Services,
  request: Request,
  user: ExternalUser,
  options: SignInOptions,
): Promise<Response> {
  const { subject, roles, amr } = checkExternal({ ...user, ...(options.amr && { amr: options.amr }) });
  return answerGuarded(services, request, options, {
    // The application's own route: it need not be a POST, but it is guarded as one.
    method: "POST",
    path: "signIn()",
    async handle(_services, call) {
      const wish = sessionWish(services.settings, request, options);
      if (!wish.ok) return refuse(services, call, wish);
      const username = user.username ?? null;
      const opened = await openSession(
        services.signIn,
        {
          kind: "external",
          subject,
          username,
          canonicalUsername: username === null ? null : canonicalUsername(username),
          roles,
          claimsVersion: "unchecked",
        },
        wish,
        { username, amr },
        call.context,
      );
      switch (opened.outcome) {
        case "opened":
          return answerSignIn(services, call, opened);
        case "disabled":
          return refuse(services, call, { code: "invalid_credentials", reason: "user_disabled", subject });
        case "unknown":
          return refuse(services, call, { code: "invalid_credentials", reason: "unknown_user", subject });
        case "claims_moved":
          throw new CounterfoilError("unavailable", "The user was being changed: try again.");
      }
    },
  });
}
