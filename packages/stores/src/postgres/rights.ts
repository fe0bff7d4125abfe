import { sql } from "kysely";
import type { Transaction } from "../sql/engine.ts";
import type { DatabaseShape } from "./shape.ts";

/** What the address's user may do in the ledger's schema. */
export interface Rights {
  /** Whether it can make, change or drop what is in it, or have it run something: more than a server needs (ASVS V13.2.2). */
  readonly mayChangeSchema: boolean;
  /** What a server needs and it may not, such as `DELETE on sessions`. */
  readonly lacking: readonly string[];
}

/** By its name: `current_schema()` is none to whoever may not use it. */
const OURS = sql`(select oid from pg_namespace where nspname = current_setting('search_path'))`;

/** @returns `null` where nothing is there to have rights to */
export async function readRights(tx: Transaction, expected: DatabaseShape): Promise<Rights | null> {
  const tables = Object.keys(expected.tables);
  const { rows: facts } = await sql<{ may_change: boolean; is_there: boolean }>`
    select (select rolsuper from pg_roles where rolname = current_user)
      or coalesce(has_schema_privilege(${OURS}, 'CREATE'), false)
      or exists (
        select from pg_class where relnamespace = ${OURS} and relkind in ('r', 'p')
          and (pg_has_role(relowner, 'MEMBER') or has_table_privilege(oid, 'TRUNCATE, TRIGGER'))) as may_change,
      exists (select from pg_class where relnamespace = ${OURS} and relname = any(${tables})) as is_there`.execute(
    tx.db,
  );
  const { rows } = await sql<{ what: string }>`
    select format('%s on %s', privilege, relname) as what
    from pg_class, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as privilege
    where relnamespace = ${OURS} and relname = any(${tables}) and not has_table_privilege(pg_class.oid, privilege)
    union all
    select format('%s on %s', privilege, relname)
    from pg_class, unnest(array['USAGE', 'SELECT']) as privilege
    where relnamespace = ${OURS} and relkind = 'S'
      and 'sequence ' || relname = any(${Object.keys(expected.others)})
      and not has_sequence_privilege(pg_class.oid, privilege)
    union all
    select format('EXECUTE on %s', proname) from pg_proc
    where pronamespace = ${OURS} and not has_function_privilege(oid, 'EXECUTE')
    order by what`.execute(tx.db);
  // Before all others, which are of no use without it.
  const { rows: closed } = await sql<{ what: string }>`
    select 'USAGE on schema ' || nspname as what from pg_namespace
    where oid = ${OURS} and not has_schema_privilege(oid, 'USAGE')`.execute(tx.db);
  const lacking = [...closed, ...rows].map(({ what }) => what);
  if (facts[0]?.is_there !== true && lacking.length === 0) return null;
  return { mayChangeSchema: facts[0]?.may_change === true, lacking };
}
