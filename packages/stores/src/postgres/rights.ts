import { sql } from "kysely";
import type { Transaction } from "../sql/engine.ts";
import type { DatabaseShape } from "./shape.ts";

/** What the address's user may do in the ledger's schema. */
export interface Rights {
  /** Whether it can make, change or drop what is in it: more than a server needs (ASVS V13.2.2). */
  readonly mayChangeSchema: boolean;
  /** What a server needs and it may not, such as `DELETE on sessions`. */
  readonly lacking: readonly string[];
}

export async function readRights(tx: Transaction, expected: DatabaseShape): Promise<Rights> {
  const { rows: changes } = await sql<{ may: boolean }>`
    select (select rolsuper from pg_roles where rolname = current_user)
      or coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
      or exists (
        select from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
          and (pg_has_role(relowner, 'MEMBER') or has_table_privilege(oid, 'TRUNCATE'))) as may`.execute(tx.db);
  const tables = Object.keys(expected.tables);
  const { rows: lacking } = await sql<{ what: string }>`
    select format('%s on %s', privilege, relname) as what
    from pg_class, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as privilege
    where relnamespace = current_schema()::regnamespace and relname = any(${tables})
      and not has_table_privilege(pg_class.oid, privilege)
    union all
    select format('%s on %s', privilege, relname)
    from pg_class, unnest(array['USAGE', 'SELECT']) as privilege
    where relnamespace = current_schema()::regnamespace and relkind = 'S'
      and 'sequence ' || relname = any(${Object.keys(expected.others)})
      and not has_sequence_privilege(pg_class.oid, privilege)
    union all
    select format('EXECUTE on %s', proname) from pg_proc
    where pronamespace = current_schema()::regnamespace and not has_function_privilege(oid, 'EXECUTE')
    order by what`.execute(tx.db);
  return { mayChangeSchema: changes[0]?.may === true, lacking: lacking.map(({ what }) => what) };
}
