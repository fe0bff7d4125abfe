import type { Services } from "../../services.ts";
import type { Call } from "../../http/call.ts";
import { refuse } from "../../http/refusal.ts";
import type { Route } from "../../http/route.ts";

/**
 * A route's handler for the Lab's own page; everybody else is refused before it. Stricter than the guard of all routes:
 * what these do and tell is no other page's, also where it changes nothing, and also where another site's name was made
 * to lead to this machine (DNS rebinding).
 */
export function forLabPage(handle: (services: Services, call: Call) => Promise<Response> | Response): Route["handle"] {
  return (services, call) => {
    const { issuer, origin } = services.settings;
    const { headers, url } = call.request;
    const from = headers.get("sec-fetch-site") ?? headers.get("origin");
    const isOwn = (from === "same-origin" || from === origin) && new URL(url).origin === origin;
    if (isOwn) return handle(services, call);
    const sentence = `Refused: the Lab answers its own page alone, which is at ${issuer}/.`;
    return refuse(services, call, { code: "csrf_refused", reason: "cross_site", sentence });
  };
}
