import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { Place } from "./transcript.ts";
import { DEMO_USERS } from "./users.ts";

/** Commands as a person would type them here. */
export interface DemoCommands {
  readonly changeRoles: string;
  readonly cut: string;
  readonly heal: string;
}

/** What the demonstration says first: where it is, to be opened in a browser, and the commands to try. */
export function welcome({ issuer, apiUrl }: Place, { changeRoles, cut, heal }: DemoCommands): string {
  const users = DEMO_USERS.map(({ username, password, roles }) => `${username} / ${password} (${roles.join(", ")})`);
  const json = "-H 'Content-Type: application/json'";
  return `
Counterfoil's demonstration is at ${issuer}, on this machine alone. Ctrl+C stops it.
Open ${issuer} in a browser: there is the Lab, where sessions and tokens are watched at work.
  Users: ${users.join(" · ")}
  Plain http on localhost: the cookie has no Secure flag and no __Host- prefix here. Elsewhere it needs https.

By tokens (a client without a browser):
  curl -s ${issuer}/login ${json} -d '{"username":"kavya","password":"password123"}'
  curl -s ${issuer}/dashboard -H 'Authorization: Bearer ACCESS_TOKEN'
  curl -s -X POST ${issuer}/refresh -H 'Authorization: Bearer REFRESH_TOKEN'
  curl -s -X POST ${issuer}/logout -H 'Authorization: Bearer REFRESH_TOKEN' -i

By cookie (as a browser carries it):
  curl -s -c jar ${issuer}/login ${json} -d '{"username":"kavya","password":"password123","transport":"cookie"}'
  curl -s -b jar ${issuer}/dashboard
  curl -s -b jar -X POST ${issuer}/refresh -H 'Origin: ${new URL(issuer).origin}'
  curl -s -b jar -X POST ${issuer}/logout -H 'Origin: ${new URL(issuer).origin}' -i

An API at ${apiUrl}, which checks access tokens by itself and follows the feed of revocations. What is revoked it
refuses within ${STALENESS_BOUND_MS} ms, or, where it hears nothing, lets nobody in:
  curl -s ${apiUrl}/orders -H 'Authorization: Bearer ACCESS_TOKEN'     # /reports takes the role admin
  curl -sN ${apiUrl}/stream -H 'Authorization: Bearer ACCESS_TOKEN'    # ends with the session; so does the
    WebSocket ws://${new URL(apiUrl).host}/socket, whose subprotocols are counterfoil.sample and ACCESS_TOKEN
  ${changeRoles}     # then refresh: the new token says so
  ${cut}     # cuts the API off from the server; ${heal} heals it
  curl -s ${apiUrl}/status
`;
}
