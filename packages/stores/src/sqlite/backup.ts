import {
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "@counterfoil/core";
import type { Clock, Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import { asStoreError, FULL, primaryCode } from "./failure.ts";
import { fileIdentity, openForCommand, syncFile, syncFolder } from "./file.ts";
import { requireReadable } from "./migrate.ts";
import { verify } from "./verify.ts";
import type { LedgerContents } from "./verify.ts";

export interface BackUp {
  /** The ledger's file; it may be in use. */
  readonly path: string;
  /** Where the copy goes, in a folder that is there. */
  readonly to: string;
  /** Over the file that is there, unless it is one of the ledger's own or of `secrets`, or no regular file. */
  readonly force: boolean;
  readonly clock: Clock;
  /** The files that the ledger is of no use without, there or not. */
  readonly secrets: readonly string[];
  readonly random: Random;
}

export type BackedUp =
  | ({ readonly outcome: "written"; readonly bytes: number } & LedgerContents)
  /** Nothing was done: a file is there. */
  | { readonly outcome: "exists" };

/**
 * Copies the ledger as it is at one moment after the call, beside whoever writes to it: all that was acknowledged
 * before is in the copy. A file of that name is there only once the copy is whole, verified, and durable; until then it
 * is called `….partial-…`. What a backup to the same name that was killed has left is cleared away.
 *
 * @throws StoreError if the ledger cannot be read or the copy not be written; nothing is left of it then. Also if `to` is
 *   what no backup may replace, whatever `force` says
 */
export function backUp({ path, to, force, secrets, clock, random }: BackUp): BackedUp {
  const inTheWay = protectedBy(to, path, secrets);
  if (inTheWay !== null) throw new StoreError(`${inTheWay}: name another file. There is no backup.`);
  if (existsSync(to) && !force) return { outcome: "exists" };
  const partial = `${to}${PARTIAL}${encodeBase64Url(random.bytes(6))}`;
  const source = asStore(() => openLedger(path));
  try {
    clearPartials(to, clock.now());
    copyInto(source, partial);
    const found = verify(partial);
    if (typeof found === "string") {
      throw new StoreError(`The copy is ${found}, so it was thrown away: run \`counterfoil doctor\` on the ledger.`);
    }
    const { size: bytes } = statSync(partial);
    if (!put(partial, to, force)) return { outcome: "exists" };
    return { outcome: "written", bytes, ...found };
  } catch (error) {
    throw explain(error);
  } finally {
    source.close();
    rmSync(partial, { force: true });
  }
}

const PARTIAL = ".partial-";

/** A backup that goes on writes to its file all the time: one that is this old is a dead process's. */
const DEAD_AFTER_MS = 24 * 3600_000;

/** By age, since of a process on another machine that writes to the same disk nothing else is known. */
function clearPartials(to: string, now: number): void {
  const folder = dirname(to);
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(basename(to) + PARTIAL)) continue;
      const file = join(folder, name);
      if (now - statSync(file).mtimeMs > DEAD_AFTER_MS) rmSync(file);
    }
  } catch {
    // Of a folder that cannot be written the copy tells; one that can only be written takes it all the same.
  }
}

/**
 * The whole database at one moment, in a new file for its owner alone. `VACUUM INTO` reads in one transaction, which in
 * WAL mode keeps no writer waiting. The backup API of `node:sqlite` begins again at each write of another process: under
 * load it would never end.
 */
export function copyInto(source: DatabaseSync, to: string): void {
  writeFileSync(to, "", { mode: 0o600, flag: "wx" });
  source.prepare("VACUUM INTO ?").run(to);
  syncFile(to);
}

/** What the backup would destroy if it went there; `null` for nothing that has to stay. */
function protectedBy(to: string, ledger: string, secrets: readonly string[]): string | null {
  if (isSame(to, ledger)) return "A backup over the ledger itself would be none";
  if (COMPANIONS.some((suffix) => isSame(to, ledger + suffix))) return "That file is a part of the ledger itself";
  if (secrets.some((secret) => isSame(to, secret))) {
    return "That file is the server's secret, without which the ledger is of no use";
  }
  const found = lstatSync(to, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return null;
  if (found.isDirectory()) return "The backup's name is a folder's";
  return `The backup's name is ${found.isSymbolicLink() ? "a symbolic link's" : "a device's, a pipe's or a socket's"}, and no file's`;
}

/** SQLite goes by these names: what is there is a part of the ledger, or would be played into it. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/** Whether both name one file, which need not be there yet. */
function isSame(one: string, other: string): boolean {
  const identity = fileIdentity(one);
  return spelled(one) === spelled(other) || (identity !== null && identity === fileIdentity(other));
}

/** The path by its folder's true name. */
function spelled(path: string): string {
  const folder = dirname(path);
  return join(existsSync(folder) ? realpathSync(folder) : folder, basename(path));
}

function openLedger(path: string): DatabaseSync {
  if (!existsSync(path)) throw new StoreError("There is no ledger to back up.");
  const database = openForCommand(path);
  try {
    if (requireReadable(database) === 0) throw new StoreError("There is no ledger in that file: it is empty.");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The link is the moment: it never takes another file's place, whoever has made one meanwhile. */
function put(partial: string, to: string, force: boolean): boolean {
  try {
    if (force) renameSync(partial, to);
    else linkSync(partial, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  syncFolder(dirname(to));
  return true;
}

/** What the ledger's own sentences would get wrong: it is the copy's disk that is full. */
function explain(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const code = primaryCode(error) === FULL ? "ENOSPC" : (error as NodeJS.ErrnoException).code;
  const sentence = SENTENCES[code ?? ""];
  if (sentence !== undefined) return new StoreError(`${sentence} There is no backup.`, { cause: error });
  return asStoreError(error);
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: "The disk of the backup is full: make room, or name a file on another.",
  EDQUOT: "The disk of the backup is full: make room, or name a file on another.",
  EFBIG: "The disk of the backup takes no file of that size: name a file on another.",
  ENOENT: "The folder of the backup is not there: make it, or name another.",
  ENOTDIR: "The folder of the backup is not there: make it, or name another.",
  EACCES: "This user may not write to the folder of the backup: let it, or name another.",
  EPERM: "The disk of the backup does not allow it: name a file on another.",
  EROFS: "The disk of the backup is read-only: name a file on another.",
  EISDIR: "The backup's name is a folder's: name a file.",
};

export function asStore<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw asStoreError(error);
  }
}
