import { readUserCursor, userCursor } from "@counterfoil/core";
import type { CanonicalUsername, ListUsers, UserPage } from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import type { UserRow } from "../schema.ts";
import { toUser } from "./row.ts";

/** Behind every name that begins with the same text, also in the order of SQLite, which is that of code points. */
const LAST = "\u{10ffff}";

/** See `UserLedger.listUsers`. Each page is a piece of an index: the thousandth is as quick as the first. */
export async function listUsers(tx: Transaction, input: ListUsers): Promise<UserPage> {
  const rows = await selectUsers(tx, input).execute();
  const users = rows.slice(0, input.limit).map((row) => ({ ...toUser(row), hasPassword: row.password_hash !== null }));
  const last = rows[input.limit - 1];
  if (rows.length <= input.limit || last === undefined) return { users, next: null };
  return { users, next: input.namePrefix === undefined ? byCreation(last) : byName(last) };
}

/** One more than is asked for: whether there is a next page. */
export function selectUsers(tx: Transaction, { namePrefix, after, limit }: ListUsers) {
  const place = after === undefined ? null : readUserCursor(after);
  let select = tx.db
    .selectFrom("users")
    .selectAll()
    .where("deleted_at", "is", null)
    .limit(limit + 1);
  if (namePrefix !== undefined) {
    select = select.where("canonical_username", "<", namePrefix + LAST).orderBy("canonical_username");
    // One bound alone: of two, SQLite begins with the one that is written first, and reads its way to the other.
    return place?.by === "name" && place.name.startsWith(namePrefix)
      ? select.where("canonical_username", ">", place.name)
      : select.where("canonical_username", ">=", namePrefix);
  }
  select = select.orderBy("created_at", "desc").orderBy("subject", "desc");
  if (place?.by !== "creation") return select;
  const { createdAt, subject } = place;
  return select.where((row) => row(row.refTuple("created_at", "subject"), "<", row.tuple(createdAt, subject)));
}

function byCreation({ created_at: createdAt, subject }: UserRow) {
  return userCursor({ by: "creation", createdAt, subject });
}

function byName({ canonical_username: name }: UserRow) {
  return name === null ? null : userCursor({ by: "name", name: name as CanonicalUsername });
}
