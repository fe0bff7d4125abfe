import { MAX_PASSWORD_LENGTH } from "@counterfoil/core";
import { MAX_BODY_BYTES } from "../../packages/server/src/http/body-text.ts";

/** The rules of what comes in (ASVS V2.1.1). What a member may hold is said with its route. */
export const BODIES = [
  `\`application/json\` in UTF-8, at most ${MAX_BODY_BYTES / 1024} KiB, without \`Content-Encoding\`; or absent, which is an empty object.`,
  "An object at the top, at most 8 levels; each member once, none that is not described, none that reaches a prototype.",
  "No lone surrogate and no infinite number: what two parsers read differently is refused.",
  `A password has at most ${MAX_PASSWORD_LENGTH} characters, and is taken exactly as it was typed.`,
  "Instants are whole seconds since the epoch.",
  "One `Host`, one `Authorization`, one session cookie, and no token in an address.",
];

/** What is asked of browsers, and what becomes of a request of one that lacks it (ASVS V3.1.1). */
export const BROWSERS = {
  intro:
    "Pages that sign in by cookie are for browsers of the last years. Nothing here falls back to something weaker: a " +
    "browser that lacks what protects its user is refused.",
  features: [
    [
      "`Secure`, `HttpOnly`, `SameSite`, `__Host-`",
      "the session cookie",
      "the cookie is not kept: the user stays signed out",
    ],
    [
      "`Sec-Fetch-Site`, else `Origin`",
      "telling our own pages' requests from others'",
      "403 `csrf_refused` for an unsafe request with the cookie",
    ],
    ["CORS", "pages of listed origins", "the page cannot read the answer"],
    [
      "HSTS, sent by `serve` over https",
      "staying on TLS",
      "the first request may go in the clear; the cookie never does",
    ],
    ["`Clear-Site-Data`", "dropping cached pages at a logout", "answers are `no-store` all the same"],
  ],
} as const;
