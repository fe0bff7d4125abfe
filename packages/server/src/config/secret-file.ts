import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { ConfigurationError } from "@counterfoil/core";
import type { Secret } from "@counterfoil/core";

/** Whose a secret's file is: one that we made in the data directory, or one that the operator or his platform made. */
export type SecretFileOwner = "ours" | "operator";

/**
 * The text of a secret's file.
 *
 * @param name what to call it when it is refused
 * @throws ConfigurationError if it cannot be read, or others can read or change it (ASVS V13.3.1)
 */
export function readSecretFile(path: string, owner: SecretFileOwner, name: string): string {
  let stats: Stats;
  let text: string;
  try {
    stats = statSync(path);
    text = readFileSync(path, "utf8").trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigurationError(
      `${name} cannot be read (${code}): it must be the path of a file that this user may read.`,
      { cause },
    );
  }
  const mode = stats.mode & 0o777;
  // Windows has no such bits. A device is no file: what it holds is not ours to judge.
  if (process.platform === "win32" || !stats.isFile() || (mode & openBits(stats, owner)) === 0) return text;
  const octal = mode.toString(8).padStart(4, "0");
  throw new ConfigurationError(
    `${name} is open to other users of this machine (${path} has mode ${octal}): run chmod 600 ${path}, and if a stranger can have read it, ${afterReading(name)}.`,
  );
}

/** What makes what was read worthless. */
function afterReading(name: string): string {
  if (name !== "COUNTERFOIL_DATABASE_URL_FILE") return "counterfoil secret replace";
  return "give the database's user another password";
}

/**
 * What may not be set. Ours has been 0600 from its first moment. A platform that mounts secrets (Docker, Kubernetes)
 * makes files of root's that all may read, in a container with nobody else: those are refused only where others may
 * change them.
 */
function openBits({ uid }: Stats, owner: SecretFileOwner): number {
  return owner === "operator" && uid === 0 ? 0o022 : 0o077;
}

/**
 * Writes a secret's file anew: the whole of it or nothing, with the owner and the mode that it has. A crash or a full
 * disk leaves the old one.
 *
 * @throws ConfigurationError if it cannot be written; the old one is as it was
 */
export function writeSecretFile(path: string, secrets: readonly Secret[]): void {
  const text = `${secrets.map((secret) => secret.reveal()).join(",")}\n`;
  try {
    // Where it is a link, what it points at: a link that became a file would be missed by whoever made it.
    const target = realpathSync(path);
    replace(target, `${target}.${process.pid}.new`, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigurationError(
      `The secrets in ${path} could not be written (${code}), and are as they were: run this as the file's owner, where its folder can be written and the disk has room.`,
      { cause },
    );
  }
}

function replace(target: string, draft: string, text: string): void {
  const { uid, gid, mode } = statSync(target);
  const file = openSync(draft, "wx", 0o600);
  try {
    try {
      writeFileSync(file, text);
      // Run by root for a server of another user, or of a group that reads it: the server goes on reading it.
      const made = fstatSync(file);
      if (made.uid !== uid || made.gid !== gid) fchownSync(file, uid, gid);
      fchmodSync(file, mode & 0o777);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, target);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  }
  syncFolder(dirname(target));
}

/** The new name is as durable as the text: without it, a power cut could bring the old file back. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
