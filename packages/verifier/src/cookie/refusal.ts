import { refuseRequest } from "../request/refusal.ts";

/** A trouble of ours, which is never told as the user's. */
export const UNAVAILABLE = refuseRequest("unavailable", undefined, { "Retry-After": "1" });

/** The session behind a cookie is over. No challenge: it is a bearer's (RFC 6750 §3), and the cookie stays as it is. */
export const INVALID_SESSION = refuseRequest("invalid_session");
