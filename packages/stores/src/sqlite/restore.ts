import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { isoTime, StoreError } from "@counterfoil/core";
import type { Clock, Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import { copyInto } from "./backup.ts";
import { asStoreError, isBusy, NOT_A_DATABASE, primaryCode } from "./failure.ts";
import { fileIdentity, openForCommand, openQuietly, syncFile, syncFolder } from "./file.ts";
import { schemaState } from "./migrate.ts";
import { patiently } from "./patience.ts";
import { renew } from "./renew.ts";
import type { Renewed } from "./renew.ts";
import { verify } from "./verify.ts";
import type { BackupFault, LedgerContents } from "./verify.ts";

export interface Restore {
  /** The ledger's file; the present one is kept beside it under another name. */
  readonly path: string;
  readonly backup: string;
  /** Of a move to another machine, where nothing was revoked since: what was good stays good. */
  readonly keepSessions: boolean;
  readonly clock: Clock;
  readonly random: Random;
  /** Told before each step, for whoever shows how far it is. */
  readonly onStep?: (step: RestoreStep) => void;
}

export type RestoreStep = "copy" | "renew" | "keep" | "swap" | "done";

export type Restored =
  | ({
      readonly outcome: "restored";
      /** The name of the ledger that was there; `null` where there was none. */
      readonly keptAs: string | null;
    } & LedgerContents &
      Renewed)
  /** Some process has the ledger open. */
  | { readonly outcome: "in_use" }
  /** The backup is none that can be restored; `itself` is the ledger. */
  | { readonly outcome: "refused"; readonly reason: BackupFault | "itself" };

/**
 * Puts a backup in the ledger's place. At every moment there is the old ledger or the new one, whole; interrupted, it
 * can be run again.
 *
 * @throws StoreError if a file cannot be read or written; the ledger is as it was
 */
export async function restore(input: Restore): Promise<Restored> {
  const { path, backup } = input;
  const identity = fileIdentity(backup);
  if (identity !== null && identity === fileIdentity(path)) return { outcome: "refused", reason: "itself" };
  const found = verify(backup);
  if (typeof found === "string") return { outcome: "refused", reason: found };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const present = existsSync(path) ? await lockAlone(input) : null;
    if (present === "in_use") return { outcome: "in_use" };
    try {
      return { outcome: "restored", ...found, ...(await replace(input, present !== null)) };
    } finally {
      present?.close();
    }
  } catch (error) {
    throw asStoreError(error);
  }
}

/**
 * The ledger, locked against everybody who has it open or would open it, and without companions: in one file. SQLite
 * leaves the WAL mode only for a connection that is alone, and each server keeps a shared lock for as long as it has the
 * file open (sqlite.org/wal.html), so that this tells surely.
 */
async function lockAlone({ path, clock, random }: Restore): Promise<DatabaseSync | "in_use"> {
  let database: DatabaseSync | null = null;
  try {
    const opened = openForCommand(path);
    database = opened;
    if (schemaState(opened) === "foreign") {
      throw new StoreError("The ledger's file is another application's database: name another directory.");
    }
    await patiently(clock, random, clock.monotonic(), () => {
      opened.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
      if (opened.prepare("PRAGMA journal_mode").get()?.["journal_mode"] === "delete") return;
      // In between, somebody has taken it back.
      opened.exec("ROLLBACK");
      throw new StoreError("The ledger was opened by another process just now: try again.");
    });
    return opened;
  } catch (error) {
    database?.close();
    const cause = error instanceof StoreError ? error.cause : error;
    if (isBusy(cause)) return "in_use";
    if (primaryCode(cause) !== NOT_A_DATABASE) throw error;
    throw new StoreError(
      "The present ledger's file is no database, so nobody can tell whether a server has it open: stop the server, move the file away, and restore again.",
    );
  }
}

async function replace(input: Restore, present: boolean): Promise<Renewed & { readonly keptAs: string | null }> {
  const { path, backup, clock, random, onStep = () => undefined } = input;
  // The lock is held, so whoever has left these is gone.
  if (present) clearLeftovers(path);
  const draft = `${path}${DRAFT}${encodeBase64Url(random.bytes(6))}`;
  try {
    onStep("copy");
    const source = openQuietly(backup);
    try {
      copyInto(source, draft);
    } finally {
      source.close();
    }
    onStep("renew");
    const renewed = await renewDraft(draft, input);
    syncFile(draft);
    giveToOwner(draft, present ? path : dirname(path));
    onStep("keep");
    const keptAs = keepPresent(path, present, isoTime(clock.now()));
    onStep("swap");
    if (present) renameSync(draft, path);
    else putAlone(draft, path);
    syncFolder(dirname(path));
    onStep("done");
    return { ...renewed, keptAs };
  } finally {
    rmSync(draft, { force: true });
  }
}

const DRAFT = ".restoring-";
const KEPT = ".before-restore-";

async function renewDraft(draft: string, { clock, random, keepSessions }: Restore): Promise<Renewed> {
  const database = openForCommand(draft);
  try {
    return await renew(database, { now: Math.floor(clock.now()), random, keepSessions });
  } finally {
    database.close();
  }
}

/** Drafts of restores that were interrupted, and the second name that one of them may have given the ledger. */
function clearLeftovers(path: string): void {
  const folder = dirname(path);
  const present = fileIdentity(path);
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const isDraft = name.startsWith(basename(path) + DRAFT);
    const isSecondName = name.startsWith(basename(path) + KEPT) && fileIdentity(file) === present;
    if (isDraft || isSecondName) rmSync(file);
  }
}

/** A second name for it first, so that the first one is never without a ledger: a server would make an empty one. */
function keepPresent(path: string, present: boolean, time: string): string | null {
  const kept = path + KEPT + time.replaceAll(/[:.]/g, "-");
  if (present) {
    linkSync(path, kept);
    syncFolder(dirname(path));
    return kept;
  }
  // Of a ledger that was taken away. SQLite would play them into the new one.
  for (const companion of ["-wal", "-journal"]) {
    if (existsSync(path + companion)) renameSync(path + companion, kept + companion);
  }
  if (existsSync(`${path}-shm`)) unlinkSync(`${path}-shm`);
  return null;
}

/** Never over a ledger that a server has made meanwhile. */
function putAlone(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new StoreError("A server has made a new ledger there meanwhile: stop it, and restore again.");
  }
}

/** What root restores must be the server's own. */
function giveToOwner(file: string, like: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(like);
  chownSync(file, uid, gid);
}
