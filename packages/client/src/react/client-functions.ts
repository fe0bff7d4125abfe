import type { Client } from "../client.ts";

const NAMES = [
  "fetch",
  "accessToken",
  "accessToken",
  "login",
  "logout",
  "register",
  "reauthenticate",
  "changePassword",
  "sessions",
  "endSession",
] as const;

/** What a component calls; the same functions for as long as the client is the same. */
export type ClientFunctions = Pick<Client, (typeof NAMES)[number]>;

export function functionsOf(client: Client): ClientFunctions {
  return Object.fromEntries(NAMES.map((name) => [name, client[name]])) as unknown as ClientFunctions;
}
