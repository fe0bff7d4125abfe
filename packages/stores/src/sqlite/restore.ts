import { chownSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isoTime, StoreError } from "@counterfoil/core";
import type { Clock, Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import { copyInto } from "./backup.ts";
import { asStoreError } from "./failure.ts";
import { fileIdentity, openForCommand, openQuietly, syncFile, syncFolder } from "./file.ts";
import { lockAlone } from "./lock.ts";
import { movedAt } from "./moved-note.ts";
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
    const present = fileIdentity(path);
    const probe = draftName(input);
    // The note of a move is nobody's ledger: what was kept then is put back over it.
    const isThere = present !== null && movedAt(path) === null;
    const lock = isThere ? await lockAlone({ ...input, probe }) : null;
    if (lock === "in_use") return { outcome: "in_use" };
    try {
      return { outcome: "restored", ...found, ...(await replace(input, present)) };
    } finally {
      if (lock !== "damaged") lock?.close();
    }
  } catch (error) {
    throw asStoreError(error);
  }
}

/** @param present the ledger that is there, locked or of no use to anybody; `null` for none */
async function replace(input: Restore, present: string | null): Promise<Renewed & { readonly keptAs: string | null }> {
  const { path, backup, clock, onStep = () => undefined } = input;
  // Nobody else has the ledger, so whoever has left these is gone.
  if (present !== null) clearLeftovers(path);
  const draft = draftName(input);
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
    giveToOwner(draft, present === null ? dirname(path) : path);
    onStep("keep");
    const keptAs = keepPresent(path, present, isoTime(clock.now()));
    onStep("swap");
    if (present === null) putAlone(draft, path);
    else renameSync(draft, path);
    syncFolder(dirname(path));
    onStep("done");
    return { ...renewed, keptAs };
  } finally {
    rmSync(draft, { force: true });
  }
}

const DRAFT = ".restoring-";
const KEPT = ".before-restore-";

function draftName({ path, random }: Restore): string {
  return `${path}${DRAFT}${encodeBase64Url(random.bytes(6))}`;
}

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
    // With companions it is where they belong.
    const isSecondName =
      name.startsWith(basename(path) + KEPT) && fileIdentity(file) === present && !existsSync(`${file}-wal`);
    if (isDraft || isSecondName) rmSync(file);
  }
}

/**
 * A second name for it first, so that the first one is never without a ledger: a server would make an empty one. A ledger
 * that is damaged, or was taken away, may have left companions, which SQLite would play into the new one.
 */
function keepPresent(path: string, present: string | null, time: string): string | null {
  // Copying has taken its time, and one that a server has made since has companions that it uses.
  if (fileIdentity(path) !== present) throw madeMeanwhile();
  const kept = path + KEPT + time.replaceAll(/[:.]/g, "-");
  if (present !== null) {
    linkSync(path, kept);
    syncFolder(dirname(path));
  }
  for (const companion of ["-wal", "-shm", "-journal"]) {
    if (existsSync(path + companion)) renameSync(path + companion, kept + companion);
  }
  syncFolder(dirname(path));
  return present === null ? null : kept;
}

/** Never over a ledger that a server has made meanwhile. */
function putAlone(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw madeMeanwhile();
  }
}

function madeMeanwhile(): StoreError {
  return new StoreError("A server has made a new ledger there meanwhile: stop it, and restore again.");
}

/** What root restores must be the server's own. */
function giveToOwner(file: string, like: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(like);
  chownSync(file, uid, gid);
}
