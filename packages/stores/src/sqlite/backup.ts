import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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
  /** Over whatever file is there. */
  readonly force: boolean;
  readonly clock: Clock;
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
 * @throws StoreError if the ledger cannot be read or the copy not be written; nothing is left of it then
 */
export function backUp({ path, to, force, clock, random }: BackUp): BackedUp {
  const target = fileIdentity(to);
  if (target !== null && !force) return { outcome: "exists" };
  if (target !== null && target === fileIdentity(path)) {
    throw new StoreError("A backup over the ledger itself would be none: name another file.");
  }
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
