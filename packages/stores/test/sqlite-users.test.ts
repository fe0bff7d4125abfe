import { DatabaseSync } from "node:sqlite";
import { systemClock, userCursor } from "@counterfoil/core";
import type { ListUsers } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { expect, it } from "vitest";
import { selectUsers } from "../src/sql/users/list.ts";
import { transactionOn } from "../src/sqlite/transaction.ts";
import { temporaryFile } from "./file.ts";
import { nameOf, subjectOf } from "./make.ts";

const PAGES: Readonly<Record<string, ListUsers>> = {
  "the first of the newest": { limit: 50 },
  "one behind it": { limit: 50, after: userCursor({ by: "creation", createdAt: 7, subject: subjectOf("a") }) },
  "the first by name": { limit: 50, namePrefix: nameOf("ka") },
  "one behind that": { limit: 50, namePrefix: nameOf("ka"), after: userCursor({ by: "name", name: nameOf("kavya") }) },
};

it.each(Object.entries(PAGES))(
  "a page of a list of users, %s, is a piece of an index, and nothing is sorted",
  async (_, input) => {
    const path = temporaryFile();
    await using ledger = sqliteLedger({ path, clock: systemClock });
    await ledger.open();
    using database = new DatabaseSync(path);
    const { sql, parameters } = selectUsers(
      transactionOn(database, () => 0),
      input,
    ).compile();
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as (string | number)[]));
    const steps = plan.map((step) => String(step["detail"]));
    expect(steps).toHaveLength(1);
    // A second bound on one side is no piece of an index: all between the two would be read.
    expect(sql.match(/"canonical_username" >/g) ?? []).toHaveLength(input.namePrefix === undefined ? 0 : 1);
    // The newest of all are the end of their index, read backwards until there are enough.
    expect(steps[0]).toMatch(
      input.namePrefix !== undefined || input.after !== undefined
        ? /^SEARCH users USING INDEX (?:users_by_creation|sqlite_autoindex_users_\d)/
        : /^SCAN users USING INDEX users_by_creation/,
    );
  },
);
