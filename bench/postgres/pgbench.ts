import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Client } from "pg";
import type { Database } from "../../packages/stores/test/database.ts";

/** A statement as it went to the database. */
export interface Sent {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

/** What the driver is given while `act` runs. Nothing is retyped, so it is what the ledger sends today. */
export async function statementsOf(act: () => Promise<unknown>): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the client that it was taken from
  const query = Client.prototype.query as (this: Client, ...given: unknown[]) => unknown;
  Client.prototype.query = function (this: Client, ...given: unknown[]) {
    const [first] = given;
    if (typeof first === "string") sent.push({ text: first, values: [] });
    else sent.push({ text: (first as Sent).text, values: (first as Sent).values });
    return query.apply(this, given);
  } as Client["query"];
  try {
    await act();
  } finally {
    Client.prototype.query = query as Client["query"];
  }
  return sent;
}

export interface Script {
  readonly lines: readonly string[];
  /** By name: what is the same in each transaction. */
  readonly constants: ReadonlyMap<string, string>;
}

/**
 * The statements as a script for pgbench: the same texts, prepared, with their values as parameters.
 *
 * @param variables by the value that was sent: what stands for it, since it is another one each time
 * @param opening pgbench's own commands before the first statement
 */
export function scriptOf(
  sent: readonly Sent[],
  variables: ReadonlyMap<unknown, string>,
  opening: readonly string[],
): Script {
  const constants = new Map<string, string>();
  const lines = sent.map(({ text: statement, values }, index) => {
    const named = statement.replaceAll(/\$(\d+)/g, (_, number: string) => {
      const value = values[Number(number) - 1];
      // pgbench has no parameter that is null.
      if (value === null) return "NULL";
      const variable = variables.get(value);
      if (variable !== undefined) return `:${variable}`;
      const name = `constant_${index}_${number}`;
      constants.set(name, String(value));
      return `:${name}`;
    });
    // What a statement answers is read into variables, as the ledger reads it.
    return /^\s*select/i.test(statement) ? `${named} \\gset` : `${named};`;
  });
  return { lines: [...opening, ...lines], constants };
}

const PROGRAM = "/usr/lib/postgresql/15/bin/pgbench";

export interface PgbenchRun {
  readonly database: Database;
  readonly schema: string;
  readonly script: Script;
  readonly folder: string;
  readonly clients: number;
  readonly seconds: number;
}

/** Transactions per second. */
export async function pgbench({ database, schema, script, folder, clients, seconds }: PgbenchRun): Promise<number> {
  if (!existsSync(PROGRAM)) throw new Error("pgbench is not installed: apt install postgresql-15");
  const file = join(folder, "script.sql");
  await writeFile(file, `${script.lines.join("\n")}\n`);
  const constants = [...script.constants].flatMap(([name, value]) => ["-D", `${name}=${value}`]);
  const threads = String(Math.min(2, clients));
  const run = ["-n", "-M", "prepared", "-c", String(clients), "-j", threads, "-T", String(seconds), "-f", file];
  const place = ["-h", "127.0.0.1", "-p", String(database.port), "-U", "postgres", "postgres"];
  const child = spawn(PROGRAM, [...run, ...constants, ...place], {
    env: { PATH: process.env["PATH"], PGOPTIONS: `-c search_path=${schema}`, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const rate = /^tps = ([\d.]+)/m.exec(said)?.[1];
  if (rate === undefined || /aborted/.test(complained)) throw new Error(`pgbench failed: ${complained}`);
  return Number(rate);
}
