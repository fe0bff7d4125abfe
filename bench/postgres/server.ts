import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "../../packages/stores/test/database.ts";
import type { DatabaseSettings } from "../../packages/stores/test/database.ts";

/** As a machine of its own would have them. What is durable stays so: that is what a commit costs. */
const SETTINGS: DatabaseSettings = {
  shared_buffers: "1GB",
  max_wal_size: "8GB",
  maintenance_work_mem: "512MB",
};

/** A PostgreSQL 18 of the bench's own, below `TMPDIR`. */
export function startPostgres(more: DatabaseSettings = {}): Promise<Database> {
  return Database.start("18", { ...SETTINGS, ...more });
}

/** With what counts statements; it costs each of them a little, so rates are not measured with it. */
export async function startCountingPostgres(): Promise<Database> {
  const database = await startPostgres({ shared_preload_libraries: "pg_stat_statements" });
  await database.query("create extension pg_stat_statements");
  return database;
}

export interface Counted {
  readonly statements: number;
  readonly rows: number;
  /** Written to the log that makes commits durable. */
  readonly walBytes: number;
  /** The processors' time of all its processes, in seconds; on Linux alone. */
  readonly cpuSeconds: number;
}

/** What a database has done so far; the question itself is not in it. */
export async function counted(database: Database): Promise<Counted> {
  const [row] = await database.query<{ statements: string; rows: string; wal: string }>(`
    select coalesce(sum(calls), 0) as statements, coalesce(sum(rows), 0) as rows,
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as wal
    from pg_stat_statements where query not like '%pg_stat_statements%'`);
  return {
    statements: Number(row!.statements),
    rows: Number(row!.rows),
    walBytes: Number(row!.wal),
    cpuSeconds: processorSeconds(database),
  };
}

/** Linux's unit of a process's time, which has been this for all architectures since long. */
const TICKS_PER_SECOND = 100;

/** Of all its processes, ended ones too. */
export function processorSeconds({ folder }: Database): number {
  const [parent] = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
  let ticks = 0;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const fields = readStat(pid);
    if (fields === null) continue;
    // proc(5): ppid is the 4th, utime and stime the 14th and 15th, those of children that have ended the 16th and 17th.
    if (pid === parent) ticks += sum(fields.slice(11, 15));
    else if (fields[1] === parent) ticks += sum(fields.slice(11, 13));
  }
  return ticks / TICKS_PER_SECOND;
}

/** The fields behind the process's name, which may hold anything; `null` where it has just ended. */
function readStat(pid: string): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function sum(numbers: readonly string[]): number {
  return numbers.reduce((total, each) => total + Number(each), 0);
}
