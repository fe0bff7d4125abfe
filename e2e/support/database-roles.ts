import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Database } from "../../packages/stores/test/database.ts";

const PAGE = fileURLToPath(new URL("../../docs/operators.md", import.meta.url));

/** The SQL that the page for operators shows: what makes the roles, what gives them the tables that are there, and what follows a restore. */
export function operatorsSql(): readonly string[] {
  return [...readFileSync(PAGE, "utf8").matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
}

/** Makes the owner's and the servers' role, as the page for operators has it. */
export async function makeRoles(database: Database): Promise<void> {
  await database.query(operatorsSql()[0]!);
}
