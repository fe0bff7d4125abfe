import { readUserCursor, userCursor } from "@counterfoil/core";
import type { CanonicalUsername, ListUsers, UserPage } from "@counterfoil/core";
import type { MemoryState, StoredUser } from "./state.ts";
import { toUser } from "./user-row.ts";

/** See `UserLedger.listUsers`. */
export function listUsers(state: MemoryState, { namePrefix, after, limit }: ListUsers): UserPage {
  const place = after === undefined ? null : readUserCursor(after);
  const live = [...state.users.values()].filter((user) => !user.deleted);
  const found =
    namePrefix === undefined
      ? live.toSorted(newestFirst).filter((user) => place?.by !== "creation" || newestFirst(place, user) < 0)
      : live
          .flatMap((user) => (user.canonicalUsername?.startsWith(namePrefix) === true ? [user] : []))
          .toSorted((left, right) => compare(nameOf(left), nameOf(right)))
          .filter((user) => place?.by !== "name" || nameOf(user) > place.name);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    users: page.map((user) => ({ ...toUser(user), hasPassword: user.passwordHash !== null })),
    next:
      found.length <= limit || last === undefined
        ? null
        : userCursor(namePrefix === undefined ? { ...last, by: "creation" } : { by: "name", name: nameOf(last) }),
  };
}

/** Those that have none are not found by one. */
function nameOf({ canonicalUsername }: StoredUser): CanonicalUsername {
  return (canonicalUsername ?? "") as CanonicalUsername;
}

type Created = Pick<StoredUser, "createdAt" | "subject">;

function newestFirst(left: Created, right: Created): number {
  return right.createdAt - left.createdAt || compare(right.subject, left.subject);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
