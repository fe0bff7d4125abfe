import type { Services } from "../services.ts";
import { errorAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import type { Route } from "./route.ts";

const ELSEWHERE = "Passwords are the application's own here: it keeps them, and changes them on its own pages.";

/** A route's handler where the users and their passwords are ours; where they are the application's, it is not there. */
export function whereOwnPasswords(handle: Route["handle"]): Route["handle"] {
  return (services: Services, call: Call) =>
    services.signIn.authenticate === undefined ? handle(services, call) : errorAnswer(call, "not_found", ELSEWHERE);
}
