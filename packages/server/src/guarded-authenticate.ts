import { checkExternal, CounterfoilError } from "@counterfoil/core";
import type { Authenticate, ExternalUser } from "@counterfoil/core";

/** The application's users being out of reach is a fault of ours, never a wrong password. */
export function guarded(authenticate: Authenticate): Authenticate {
  return async (credentials) => {
    let user: ExternalUser | null | undefined;
    try {
      user = await authenticate(credentials);
    } catch (cause) {
      throw new CounterfoilError("unavailable", "The application could not check its user.", { cause });
    }
    // Array.find and Map.get say it so.
    if (user === undefined || user === null) return null;
    try {
      checkExternal(user);
    } catch (cause) {
      // A bug of the application's, whose sentence its log needs; a foreign error's message would not be told.
      throw new CounterfoilError("internal", `authenticate(): ${(cause as TypeError).message}`, { cause });
    }
    return user;
  };
}
