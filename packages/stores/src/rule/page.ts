/**
 * How many rows one call looks at in search of a page. SQLite reads that many in some ten milliseconds, during which
 * nothing else of the process runs; a page that is rarer than that takes more calls.
 */
export const MOST_EVENTS_LOOKED_AT = 10_000;
export const MOST_SESSIONS_LOOKED_AT = 1_000;
