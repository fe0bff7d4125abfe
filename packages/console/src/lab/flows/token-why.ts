const LENGTH = "The body is empty: what the server needs to know is in the header.";

/** Why what is sent and answered in the token flow is there; what is true anywhere is in `exchange/why.ts`. */
export const TOKEN_WHY = {
  login: {
    request: "No Sec-Fetch-Site and no cookie: this is no browser, so tokens are what it gets.",
    "request body": "The name and the password, once; from here on the tokens stand for them.",
  },
  loginAnswer: {
    status: "200: two tokens, in the body. A client without a browser keeps them where only it can read.",
    "cache-control": "no-store: no cache, of a proxy or a client, keeps an answer that holds a credential.",
    "answer body":
      "access_token: a JWT of ten minutes, for every request. refresh_token: long-lived, for the server alone, and used once.",
  },
  access: {
    request:
      "Nothing is added by itself, as a cookie would be: so no other site can have this sent, and there is no CSRF.",
    authorization: "Authorization: Bearer <access_token>. Whoever holds it may act for the user: it is sent over TLS.",
  },
  accessAnswer: {
    status: "200: signature, issuer, audience and time are good, and the session has not ended.",
    "answer body": "What the lesson’s protected route answers.",
  },
  apiAnswer: {
    status: "200: checked with the server’s public key and the list of what was revoked, both in the API’s memory.",
    "answer body": "What the API knows of the user is what the token says: sub and roles.",
  },
  refresh: {
    request: "To the server alone: no other service ever sees a refresh token.",
    authorization: "The refresh token, which opens nothing but this route and the logout.",
    "content-length": LENGTH,
  },
  refreshAnswer: {
    status: "200: the session stands. Roles are read anew, so the new token says what is true now.",
    "cache-control": "no-store: no cache, of a proxy or a client, keeps an answer that holds a credential.",
    "answer body":
      "A fresh access token, and the next refresh token. Were the spent one used again, its session would end.",
  },
  logout: {
    request: "The session that the token is of ends; any of the credentials names it.",
    authorization: "The newest refresh token.",
    "content-length": LENGTH,
  },
  logoutAnswer: {
    status: "204: done. Each service that follows the server hears of it now.",
    "set-cookie": "For a browser: whichever credential came, its cookie is to go as well.",
  },
  refusedAnswer: {
    status: "401: the signature is good, and the session is over. From outside, it looks like any other bad token.",
    "www-authenticate": 'error="invalid_token": the client may try one refresh, and that tells it the rest (RFC 6750).',
    "answer body": "A code for programs, a sentence for people. Which check it was stands in the log alone.",
  },
  overAnswer: {
    status: "401: there is no session to renew. The client asks for the password again.",
    "answer body": "invalid_grant: the same for unknown, expired, revoked and reused, so that nobody learns which.",
  },
} as const;
