import type { DatabaseSync } from "node:sqlite";

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

/** Where a file's schema is not what the migrations make. What is extra does no harm by itself. */
export interface Drift {
  readonly kind: "missing" | "changed" | "extra";
  /** Such as `table sessions`, `column sessions.due_at`, `index events_by_time`. */
  readonly what: string;
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
  const drift: Drift[] = [];
  for (const [name, table] of both(found.tables, expected.tables)) {
    const known = expected.tables[name];
    if (table === undefined || known === undefined) drift.push(oneSided(`table ${name}`, table));
    else if (table.sql !== known.sql) drift.push(...tableDrift(name, table, known));
  }
  for (const [name, sql] of both(found.others, expected.others)) {
    const known = expected.others[name];
    if (sql === undefined || known === undefined) drift.push(oneSided(name, sql));
    else if (sql !== known) drift.push({ kind: "changed", what: name });
  }
  return drift;
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

function oneSided(what: string, found: unknown): Drift {
  return { kind: found === undefined ? "missing" : "extra", what };
}

/** Each name that either has, with what was found under it. */
function both<T>(found: Readonly<Record<string, T>>, expected: Readonly<Record<string, T>>) {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].map((name) => [name, found[name]] as const);
}
