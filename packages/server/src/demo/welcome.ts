import { DEMO_USERS } from "./users.ts";

/** What the demonstration says first: where it is, and the commands to try. */
export function welcome(issuer: string): string {
  const users = DEMO_USERS.map(({ username, password, roles }) => `${username} / ${password} (${roles.join(", ")})`);
  const json = "-H 'Content-Type: application/json'";
  return `
Counterfoil's demonstration is at ${issuer}, on this machine alone. Ctrl+C stops it.
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
`;
}
