import { chownSync, linkSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { StoreError } from "@counterfoil/core";
import { fileIdentity, syncFile, syncFolder } from "./file.ts";
import { movedNote } from "./moved-note.ts";

/**
 * Takes a ledger's file out of use: it goes on under another name, and a note in its place stops whoever would start on
 * it. All that may fail for want of room or of a right is done by {@link prepare}, so that one rename is left.
 */
export class Parting {
  /** The name that the file has beside its own, and keeps. */
  readonly keptAs: string;
  readonly #path: string;
  readonly #note: string;

  private constructor(path: string, keptAs: string) {
    this.#path = path;
    this.keptAs = keptAs;
    this.#note = `${keptAs}.note`;
  }

  /** @param time such as 2026-01-31T12:00:00.000Z */
  static prepare(path: string, time: string): Parting {
    const before = keptBefore(path);
    const parting = new Parting(path, before ?? `${path}.moved-${time.replaceAll(/[:.]/g, "-")}`);
    try {
      parting.#writeNote(time);
      if (before === undefined) giveName(path, parting.keptAs);
      syncFolder(dirname(path));
    } catch (error) {
      parting.undo();
      throw error;
    }
    return parting;
  }

  #writeNote(time: string): void {
    writeFileSync(this.#note, movedNote(time, this.keptAs), { mode: 0o600 });
    const { uid, gid } = statSync(this.#path);
    if (process.getuid?.() === 0) chownSync(this.#note, uid, gid);
    syncFile(this.#note);
  }

  undo(): void {
    rmSync(this.#note, { force: true });
    // What else may have that name stays.
    if (fileIdentity(this.keptAs) === fileIdentity(this.#path)) rmSync(this.keptAs, { force: true });
  }

  /**
   * At every moment there is one of them at the path.
   *
   * @throws StoreError that says what to do by hand
   */
  finish(): void {
    try {
      renameSync(this.#note, this.#path);
    } catch (error) {
      throw new StoreError(
        `The database has the whole ledger now, and the file at ${this.#path} could not be taken out of use: start no server on it. Run the same command again, which finishes the move, or rename the file by hand.`,
        { cause: error },
      );
    }
    try {
      syncFolder(dirname(this.#path));
    } catch {
      // Where the power fails before it is on the disk, the file has its name again, and another run finds it moved.
    }
  }
}

/** A second name that the file has from a move that was cut short. */
function keptBefore(path: string): string | undefined {
  const folder = dirname(path);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.moved-`))
    .map((name) => join(folder, name))
    .find((each) => fileIdentity(each) === fileIdentity(path));
}

function giveName(path: string, name: string): void {
  try {
    linkSync(path, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EPERM" && code !== "ENOTSUP") throw error;
    throw new StoreError(
      `The file at ${path} cannot have a second name (a hard link), by which it is kept: be its owner, and have it on a file system that knows them. Nothing was changed.`,
      { cause: error },
    );
  }
}
