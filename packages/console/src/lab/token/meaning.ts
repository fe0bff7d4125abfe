/** What each member of a header is for. */
export const HEADER_MEANING: Readonly<Record<string, string>> = {
  alg: "Which algorithm signed it. The verifier holds it against its own list, and never does what it says.",
  typ: "What kind of token it is: at+jwt, an access token (RFC 9068), so that no other JWT passes for one.",
  kid: "Which of the server’s keys signed it: its public half is at /.well-known/jwks.json under this name.",
};

/** What each claim says. */
export const CLAIM_MEANING: Readonly<Record<string, string>> = {
  iss: "The issuer: the one server whose tokens are taken.",
  sub: "The subject: who the user is, by a name that never changes. The lesson’s user_id.",
  aud: "The audience: whom the token is for. A service refuses what is for another.",
  exp: "Expires: after it the token is refused, whoever holds it. No token is without.",
  iat: "Issued at. With exp it tells how long the token lives: more than 15 minutes is refused.",
  nbf: "Not before: it is refused until then.",
  jti: "The token’s own name, for logs: it opens nothing.",
  sid: "The session that it comes from. When that ends, every token with its name is refused.",
  client_id: "Which program asked for it.",
  auth_time: "When the user last gave the password: what is delicate asks for it to be recent.",
  amr: "How the user proved who he is: pwd is a password.",
  roles: "What the user may do. The lesson’s role; a list, since one can have several.",
  claims_version: "Rises when something is decided about the user, such as his roles: older tokens are refused.",
  user_id: "The lesson’s name for who the user is. Ours is sub, which every library knows.",
  role: "The lesson’s name for what the user may do. Ours is roles.",
};

const INSTANTS: ReadonlySet<string> = new Set(["exp", "iat", "nbf", "auth_time"]);
const TIMES = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A claim’s value as it is written, and what it means to people where that is a time. */
export function valueOf(claim: string, value: unknown): string {
  const written = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const isTime = INSTANTS.has(claim) && typeof value === "number" && Math.abs(value) < 1e11;
  return isTime ? `${written} (${TIMES.format(value * 1000)})` : written;
}

/** Beside the lesson’s names ours, and why they are others. */
export const NAMES: readonly (readonly [lesson: string, ours: string, why: string])[] = [
  [
    "user_id: 101",
    'sub: "usr_…"',
    "sub is the registered name (RFC 7519): every library looks there. Numbers in a row would tell how many users there are.",
  ],
  ['role: "admin"', 'roles: ["admin"]', "A list: one user may have several."],
  ["exp: 1710000000", "exp, iat", "The same; with iat the lifetime is known, and 15 minutes are the most."],
  [
    'typ: "JWT"',
    'typ: "at+jwt"',
    "Says which kind of JWT (RFC 9068), so that an ID token or a signed mail cannot pass for an access token.",
  ],
  [
    'alg: "HS256"',
    'alg: "ES256"',
    "HS256: whoever checks can also make tokens. ES256: services have the public key, which only checks.",
  ],
  [
    "Secret key",
    "a private key, named by kid",
    "It never leaves the server, is made by it, and is replaced every 90 days.",
  ],
];
