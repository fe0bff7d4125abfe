import { sql } from "kysely";
import { driftOfDefinitions, eitherOf } from "../inspection/drift.ts";
import type { Drift } from "../inspection/drift.ts";
import type { Transaction } from "../sql/engine.ts";

/** What a schema consists of, by name, each in PostgreSQL's own words; the same on every version of it. */
export interface DatabaseShape {
  readonly tables: Readonly<Record<string, DatabaseTable>>;
  /** Functions, sequences, views. */
  readonly others: Readonly<Record<string, string>>;
}

export interface DatabaseTable {
  /** What it is beside an ordinary table: nothing. */
  readonly definition: string;
  /** Columns, indexes, constraints, triggers, and how it is stored. */
  readonly parts: Readonly<Record<string, string>>;
}

interface Row {
  /** The table that it is part of; `null` for what is part of none. */
  readonly in_table: string | null;
  readonly what: string;
  readonly definition: string;
}

export async function readShape(tx: Transaction): Promise<DatabaseShape> {
  const tables: Record<string, { definition: string; parts: Record<string, string> }> = {};
  const others: Record<string, string> = {};
  // Some of PostgreSQL's words have the schema before a name, whatever is searched.
  const { rows: schemas } = await sql<{ name: string | null }>`select current_schema() as name`.execute(tx.db);
  const prefix = new RegExp(String.raw`\b${schemas[0]?.name}\.`, "g");
  const rows = [...(await readRelations(tx)), ...(await readParts(tx)), ...(await readFunctions(tx))];
  for (const { in_table: name, what, definition } of rows) {
    const text = definition.replaceAll(prefix, "").replaceAll(/\s+/g, " ").trim();
    if (name === null) others[what] = text;
    else if (what === "table") tables[name] = { definition: text, parts: {} };
    else tables[name]!.parts[what] = text;
  }
  return { tables, others };
}

/** Partitions come and go as part of their table. */
async function readRelations(tx: Transaction): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select case when relkind in ('r', 'p') then relname end as in_table,
      case relkind when 'r' then 'table' when 'p' then 'table' when 'S' then 'sequence ' || relname
        when 'v' then 'view ' || relname else 'relation ' || relname end as what,
      concat_ws(' ', case relpersistence when 'u' then 'unlogged' end,
        case when relkind = 'p' then 'partitioned by ' || pg_get_partkeydef(c.oid) end,
        case when relrowsecurity then 'row security' end,
        case when relkind = 'S' then format('%s from %s by %s%s', format_type(seqtypid, null), seqstart, seqincrement,
          case when seqcycle then ' cycle' else '' end) end,
        case when relkind = 'v' then pg_get_viewdef(c.oid) end) as definition
    from pg_class c left join pg_sequence on seqrelid = c.oid
    where relnamespace = current_schema()::regnamespace and relkind not in ('i', 'I', 't', 'c') and not relispartition
      -- An identity column's sequence is said with the column.
      and not exists (select from pg_depend where objid = c.oid and classid = 'pg_class'::regclass and deptype = 'i')
    order by relname`.execute(tx.db);
  return rows;
}

async function readParts(tx: Transaction): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    with ours as (
      select oid, relname, reloptions from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
    ), parts as (
      select oid as table_id, 'storage of ' || relname as what,
        array_to_string(array(select unnest(reloptions) order by 1), ' ') as definition
      from ours
      union all
      select attrelid, format('column %s.%s', relname, attname),
        concat_ws(' ', format_type(atttypid, atttypmod),
          case when attcollation <> 0 then 'collate ' || (select collname from pg_collation where oid = attcollation) end,
          case when attnotnull then 'not null' end,
          case attidentity when 'd' then 'identity' when 'a' then 'identity always' end,
          case when attgenerated <> '' then 'generated' end,
          'default ' || pg_get_expr(adbin, adrelid))
      from ours join pg_attribute on attrelid = ours.oid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attnum > 0 and not attisdropped
      union all
      select indrelid, 'index ' || (select relname from pg_class where oid = indexrelid),
        concat_ws(' ', pg_get_indexdef(indexrelid), case when not indisvalid then 'invalid' end)
      from pg_index
      union all
      -- That a column is not null is the column's: only from 18 on it is a constraint as well.
      select conrelid, format('constraint %s', conname),
        concat_ws(' ', pg_get_constraintdef(oid), case when not convalidated then 'not validated' end)
      from pg_constraint where contype <> 'n'
      union all
      select tgrelid, 'trigger ' || tgname,
        concat_ws(' ', pg_get_triggerdef(oid), case when tgenabled <> 'O' then 'not enabled' end)
      from pg_trigger where not tgisinternal
    )
    select relname as in_table, what, definition from parts join ours on ours.oid = table_id order by relname, what
    `.execute(tx.db);
  return rows;
}

async function readFunctions(tx: Transaction): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select null as in_table, format('function %s(%s)', proname, pg_get_function_identity_arguments(p.oid)) as what,
      concat_ws(' ', pg_get_function_result(p.oid), 'language', lanname, case when prosecdef then 'security definer' end,
        array_to_string(proconfig, ' '), prosrc) as definition
    from pg_proc p join pg_language l on l.oid = prolang
    where pronamespace = current_schema()::regnamespace
    order by what`.execute(tx.db);
  return rows;
}

/** A table that is not there is told once, without what would be in it. */
export function driftOfDatabase(found: DatabaseShape, expected: DatabaseShape): readonly Drift[] {
  const tables = eitherOf(found.tables, expected.tables).flatMap((name): readonly Drift[] => {
    const [table, known] = [found.tables[name], expected.tables[name]];
    if (table === undefined) return [{ kind: "missing", what: `table ${name}` }];
    if (known === undefined) return [{ kind: "extra", what: `table ${name}` }];
    const parts = driftOfDefinitions(table.parts, known.parts);
    if (table.definition === known.definition) return parts;
    const changed = { what: `table ${name}`, expected: known.definition, found: table.definition };
    return [{ kind: "changed", ...changed }, ...parts];
  });
  return [...tables, ...driftOfDefinitions(found.others, expected.others)];
}
