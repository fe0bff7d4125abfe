import { END_REASONS } from "@counterfoil/core";
import type { EndReason } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";

export type SessionEntry = Extract<FeedEntry, { readonly type: "session-revoked" }>;
export type ClaimsEntry = Extract<FeedEntry, { readonly type: "claims-changed" }>;
export type KeyEntry = Extract<FeedEntry, { readonly type: "key-revoked" }>;

export interface SortedEntries {
  readonly sessions: readonly SessionEntry[];
  /** By subject; of each, by version. */
  readonly users: ReadonlyMap<string, readonly ClaimsEntry[]>;
  readonly keys: readonly KeyEntry[];
}

export function sortEntries(entries: readonly FeedEntry[]): SortedEntries {
  const users = new Map<string, ClaimsEntry[]>();
  const changes = entries.filter((entry) => entry.type === "claims-changed");
  for (const entry of changes.toSorted((left, right) => left.claims_version - right.claims_version)) {
    users.set(entry.sub, [...(users.get(entry.sub) ?? []), entry]);
  }
  return {
    sessions: entries.filter((entry) => entry.type === "session-revoked"),
    users,
    keys: entries.filter((entry) => entry.type === "key-revoked"),
  };
}

/** The reasons of a decision that ended no session; what says nothing, or something unknown, ended all. */
const SPARING: ReadonlySet<string | undefined> = new Set(["roles_changed", "reauthenticated"]);

export interface UserRestored {
  readonly claimsVersion: number;
  /** Why all the user's sessions end; `null`: they do not. */
  readonly ending: EndReason | null;
  /** Also where the user was enabled again since, and that was lost too: enabling is not told. */
  readonly disabled: boolean;
}

/**
 * What becomes of a user at `claimsVersion` of whom the log lacks `changes`, which are in order; `null`: nothing, since
 * they are all known.
 *
 * @param told versions of which the log tells: where one of those is missing too, two histories have each made a
 *   decision of that number
 */
export function restoredUser(
  claimsVersion: number,
  changes: readonly ClaimsEntry[],
  told: ReadonlySet<number>,
): UserRestored | null {
  const reached = changes.filter(({ claims_version }) => claims_version <= claimsVersion);
  const contested = reached.filter(({ claims_version }) => told.has(claims_version));
  const lost = [...contested, ...changes.filter(({ claims_version }) => claims_version > claimsVersion)];
  const last = lost.at(-1);
  if (last === undefined) return null;
  const ending = lost.findLast(({ reason }) => !SPARING.has(reason));
  return {
    // Above what the other decision gave, too: the tokens of both are refused.
    claimsVersion: Math.max(last.claims_version, contested.length > 0 ? claimsVersion + 1 : claimsVersion),
    ending: ending === undefined ? null : endReason(ending),
    disabled: lost.some(({ reason }) => reason === "disabled" || reason === "deleted"),
  };
}

/** The reason that an entry has, where it is one for which a session ends. */
export function endReason({ reason }: FeedEntry): EndReason {
  return END_REASONS.find((each) => each === reason) ?? "ended_by_operator";
}
