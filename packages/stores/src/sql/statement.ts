import type { Compilable, CompiledQuery } from "kysely";
import type { Transaction } from "./engine.ts";

/** Stands for a value that is not known yet while a statement is being built. */
class Parameter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A statement of the busiest transitions: built and compiled once for each dialect, then only given its values.
 * To build one anew costs Kysely as much as SQLite needs to run it.
 *
 * @param build must use each value of `values` as it is, and look at none: they are not there yet
 */
export function statement<V extends object, R>(
  build: (tx: Transaction, values: V) => Compilable<R>,
): (tx: Transaction, values: V) => Promise<readonly R[]> {
  const compiled = new WeakMap<object, CompiledQuery<R>>();
  const placeholders = new Proxy({}, { get: (_, name) => new Parameter(String(name)) }) as V;
  return async (tx, values) => {
    let query = compiled.get(tx.dialect);
    if (query === undefined) {
      query = build(tx, placeholders).compile();
      compiled.set(tx.dialect, query);
    }
    const given = values as Readonly<Record<string, unknown>>;
    const parameters = query.parameters.map((value) => (value instanceof Parameter ? given[value.name] : value));
    const { rows } = await tx.db.executeQuery<R>({ ...query, parameters });
    return rows;
  };
}
