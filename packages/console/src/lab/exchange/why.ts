/** Why something is in a request or an answer: a sentence by the name of the header in lower case, or of the part. */
export type Why = Readonly<Record<string, string>>;

/** What is true of these headers wherever they are; a panel's own sentences go over them. */
export const WHY: Why = {
  authorization: "Whoever holds this token may act for the user, so it is sent over TLS and to the one API it is for.",
  cookie: "The browser adds it to every request to this host by itself; no script of the page has read it.",
  "set-cookie":
    "The browser is to keep it. HttpOnly hides it from scripts, Secure keeps it off plain http, SameSite=Lax off other sites’ forms.",
  origin: "The browser says which page sent this. A script cannot change it, so the server can go by it.",
  "sec-fetch-site": "The browser says whether the page is of the same site. A script cannot change it.",
  "sec-fetch-mode": "The browser says what kind of request this is: a navigation, or a script’s.",
  "sec-fetch-dest": "The browser says what the answer is for: a document, a script, or nothing of the kind.",
  "content-type": "Says what the body is. The server takes JSON alone, which other sites’ forms cannot send.",
  "www-authenticate":
    "Tells a client of tokens why it was refused, so that it knows whether a refresh will help (RFC 6750).",
  "cache-control": "This answer is one user’s: no cache between keeps it.",
  "request-id": "Names this request in the server’s log and events. `counterfoil explain` tells what became of it.",
  "idempotency-key": "Says that a repeat is the same attempt: its answer was lost, and no thief has the token.",
  "retry-after": "Says when to try again, in seconds: the trouble is the server’s, and nobody is signed out by it.",
  "clear-site-data": "The browser is to forget the pages that it has kept of this user.",
  "access-control-allow-origin": "Lets a page of that one origin read this answer; a browser keeps it from all others.",
  "access-control-expose-headers": "Lets that page read these headers as well.",
  "x-content-type-options": "The browser is not to guess another type than the one that is said.",
  "content-security-policy": "Were this answer opened as a page, it would run nothing and be framed nowhere.",
  "cross-origin-resource-policy": "Other sites cannot embed this answer to measure it.",
  "referrer-policy": "No address of this server goes on to another site.",
  "lab-trace": "Asks the demonstration to keep this request for you to see here. No other server knows this header.",
  host: "Says which of the names of this address is meant.",
  vary: "A cache must not give one origin’s answer to another.",
};
