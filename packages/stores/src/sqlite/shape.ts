import type { DatabaseSync } from "node:sqlite";
import { driftOfDefinitions, eitherOf } from "../inspection/drift.ts";
import type { Drift } from "../inspection/drift.ts";

/** What a schema consists of, by name: its SQL, without the spaces that say nothing. */
export interface SchemaShape {
  readonly tables: Readonly<Record<string, TableShape>>;
  /** Indexes, and what we have none of: triggers and views. */
  readonly others: Readonly<Record<string, string>>;
}

export interface TableShape {
  readonly columns: readonly string[];
  readonly sql: string;
}

export function shapeOf(database: DatabaseSync): SchemaShape {
  const tables: Record<string, TableShape> = {};
  const others: Record<string, string> = {};
  // SQLite's own names begin so: what it keeps, and the indexes that it makes for a key.
  const rows = database.prepare(
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
  );
  for (const { type, name, sql } of rows.all() as { type: string; name: string; sql: string }[]) {
    const text = sql
      .replaceAll(/\s+/g, " ")
      .replaceAll(/ ?([(),]) ?/g, "$1")
      .trim();
    if (type === "table") tables[name] = { columns: columnsOf(database, name), sql: text };
    else others[`${type} ${name}`] = text;
  }
  return { tables, others };
}

function columnsOf(database: DatabaseSync, table: string): string[] {
  const rows = database.prepare("SELECT name FROM pragma_table_xinfo(?) ORDER BY cid").all(table);
  return rows.map((row) => String(row["name"]));
}

export function driftOf(found: SchemaShape, expected: SchemaShape): readonly Drift[] {
  const tables = eitherOf(found.tables, expected.tables).flatMap((name): readonly Drift[] => {
    const [table, known] = [found.tables[name], expected.tables[name]];
    if (table === undefined) return [{ kind: "missing", what: `table ${name}` }];
    if (known === undefined) return [{ kind: "extra", what: `table ${name}` }];
    return table.sql === known.sql ? [] : tableDrift(name, table, known);
  });
  return [...tables, ...driftOfDefinitions(found.others, expected.others)];
}

function tableDrift(name: string, found: TableShape, expected: TableShape): readonly Drift[] {
  const missing = expected.columns.filter((column) => !found.columns.includes(column));
  const extra = found.columns.filter((column) => !expected.columns.includes(column));
  if (missing.length + extra.length === 0) return [{ kind: "changed", what: `table ${name}` }];
  const of = (column: string) => `column ${name}.${column}`;
  return [
    ...missing.map((column) => ({ kind: "missing", what: of(column) }) as const),
    ...extra.map((column) => ({ kind: "extra", what: of(column) }) as const),
  ];
}
