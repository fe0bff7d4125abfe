import { END_REASONS } from "../session/session.ts";

/**
 * What the feed says beside an entry about why it came: the session's end reason where one or all of a user's sessions
 * ended, else what changed. For people and their logs; nobody decides by it. `docs/feed.md` maps them to CAEP's events.
 */
export const REVOCATION_REASONS = [
  ...END_REASONS,
  "roles_changed",
  "reauthenticated",
  "key_revoked",
  "secrets_replaced",
] as const;

export type RevocationReason = (typeof REVOCATION_REASONS)[number];
