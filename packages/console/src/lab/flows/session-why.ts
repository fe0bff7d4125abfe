const SENDS_NOTHING = "The body is empty: what the server needs to know is in the cookie.";

/** Why what is sent and answered in the session flow is there; what is true anywhere is in `exchange/why.ts`. */
export const SESSION_WHY = {
  login: {
    request: "A request that changes something, so the server looks where it comes from: Sec-Fetch-Site, then Origin.",
    "request body": "The name and the password go in the body, over TLS: an address would be written down on the way.",
    "sec-fetch-site":
      "same-origin: it is this server’s own page that asks, and no other site’s. A script cannot change it.",
    cookie: "A cookie of a session before: the server ends that one, since this browser signs in anew.",
  },
  loginAnswer: {
    status: "200: the password was right. The session token is in the cookie alone, where no script reads it.",
    "cache-control": "no-store: no cache, of a proxy or the browser, keeps an answer that holds a credential.",
    "answer body":
      "Who is signed in, and an access token of ten minutes for calls to other services. No refresh token: a browser holds none.",
  },
  record: {
    request: "The page asks for what is stored: a user may see the record of the own session.",
    "answer body":
      "The user and the record of this session. The secret of the cookie is not in it: only its hash is stored.",
    cookie: "The browser has added it, as it does to every request to this host.",
  },
  dashboard: {
    request: "A plain GET, with no token in the script’s hands.",
    "cookie session_id": "The session token: the browser added it, since this is the host that set it.",
    "cookie __Host-session_id": "The session token: the browser added it, since this is the host that set it.",
  },
  dashboardAnswer: {
    status: "200: the session stands. The name is read from its record, not from what the browser says.",
    "cache-control": "no-store: after the logout, nobody finds this page in a cache.",
    "answer body": "What the lesson’s protected route answers.",
  },
  logout: {
    request: "A POST: a link or an image on another page cannot sign anybody out.",
    "content-length": SENDS_NOTHING,
    "cookie session_id": "It says which session is to end.",
  },
  logoutAnswer: {
    status: "204: done, and there is nothing to tell.",
    "set-cookie": "The same cookie, empty and with Max-Age=0: the browser removes it.",
    "clear-site-data": "The browser is to forget the pages that it has kept of this user.",
  },
  refused: { request: "The same request as in step 5, without a cookie: the browser has none." },
  refusedAnswer: {
    status: "401: there is no credential. Nothing else is told.",
    "answer body": "A code for programs, a sentence for people.",
  },
  copy: {
    request: "Sent by the demonstration, as a program would: a browser would not send a cookie that it has dropped.",
    cookie: "The very text that was good until the logout.",
    "cookie session_id": "The very text that was good until the logout.",
  },
  copyAnswer: {
    status: "401: the seal is good, and the session that it names has ended. There is nothing to wait out.",
    "answer body": "A code for programs, a sentence for people.",
  },
} as const;
