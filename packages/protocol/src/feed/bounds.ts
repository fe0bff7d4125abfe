/**
 * How long an entry of the feed lives, from its commit: the longest access token, and a minute for a mint that had
 * begun. A constant, so that no setting of one side can forget what the other still needs.
 */
export const REVOCATION_TTL_SECONDS = 16 * 60;

/** The published bound T: from the commit of a revocation to its refusal, everywhere. */
export const STALENESS_BOUND_MS = 1000;
