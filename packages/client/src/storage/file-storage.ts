import { link, lstat, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { StorageError } from "./storage-error.ts";
import type { TokenStorage } from "./token-storage.ts";
import { unguessable } from "./unguessable.ts";

/** The text, and the number of its file: each text is a file of its own, and the highest number is the newest. */
interface Newest {
  readonly number: number;
  readonly text: string | null;
}

const NOTHING: Newest = { number: 0, text: null };

/** What a process writes before it has a number. */
const HALF_WRITTEN = /^[\w-]{22}\.new$/;
/** What a process that was killed left half-written is taken away after this time, milliseconds. */
const ABANDONED_MS = 60_000;

/**
 * A storage on disk, for all processes of one user: a directory of its own, which nobody else can read (0700, its files
 * 0600). It is made at the first sign-in.
 *
 * A text takes the next number by a hard link to a file that is already whole and on the disk. The link fails where
 * somebody else was first. So a process may be killed or stopped at any point: there is no lock for it to leave behind,
 * and none to be taken from it while it still writes.
 *
 * @param path of the directory
 * @throws TypeError if it is no path. The storage's methods throw {@link StorageError}
 */
export function fileStorage(path: string): TokenStorage {
  if (typeof path !== "string" || path === "") {
    throw new TypeError(
      "fileStorage takes the path of a directory of its own, such as /home/kavya/.config/orders/session.",
    );
  }
  const directory = resolve(path);
  return {
    name: directory,
    async read() {
      return (await naming(directory, readNewest(directory))).text;
    },
    replace: (before, text) => naming(directory, replaceNewest(directory, before, text)),
  };
}

async function replaceNewest(directory: string, before: string | null, text: string): Promise<boolean> {
  const newest = await readNewest(directory);
  if (newest.text !== before) return false;
  await prepare(directory);
  const whole = await writeWhole(directory, text);
  const number = newest.number + 1;
  try {
    await link(whole, join(directory, String(number)));
  } catch (error) {
    // Somebody was first; or we were stopped for so long that our file was taken away as abandoned.
    if (["EEXIST", "ENOENT"].includes(codeOf(error))) return false;
    throw error;
  } finally {
    await takeAway(whole);
  }
  await synchronize(directory);
  // A process that was stopped above may find its number free again, long after others have gone past it and taken
  // their older files away. Below the newest nobody reads it.
  const numbers = await numbersIn(directory);
  await sweep(directory, Math.max(number, ...numbers));
  return Math.max(...numbers) === number;
}

/** @throws StorageError `exposed`, `corrupt` */
async function readNewest(directory: string): Promise<Newest> {
  for (;;) {
    const number = Math.max(0, ...(await numbersIn(directory)));
    await refuseExposed(directory, "0700");
    if (number === 0) return NOTHING;
    const path = join(directory, String(number));
    const text = await unlessGone(readFile(path, "utf8"));
    // Whoever puts a newer one there takes this one away.
    if (number !== Math.max(0, ...(await numbersIn(directory)))) continue;
    if (text === null || text === "") throw new StorageError("corrupt", `${path} is empty. ${START_OVER}`);
    await refuseExposed(path, "0600");
    return { number, text };
  }
}

const START_OVER = "Nothing was overwritten: take it away to start over with a sign-in.";

async function numbersIn(directory: string): Promise<readonly number[]> {
  const names = (await unlessGone(readdir(directory))) ?? [];
  return names.filter((name) => /^[1-9]\d{0,14}$/.test(name)).map(Number);
}

/** Another user who could read a refresh token may have: it is not used any more, until somebody has looked. */
async function refuseExposed(path: string, mode: "0700" | "0600"): Promise<void> {
  // Windows keeps no such modes: there the directory's own list of permissions holds.
  if (process.platform === "win32") return;
  const seen = await unlessGone(stat(path));
  if (seen === null || (seen.mode & 0o077) === 0) return;
  throw new StorageError(
    "exposed",
    `${path} is open to other users (mode 0${(seen.mode & 0o777).toString(8)}), and holds a refresh token: ` +
      `chmod ${mode} ${path}, and sign in anew if one of them may have read it.`,
  );
}

async function prepare(directory: string): Promise<void> {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  for (let each = directory; each.length >= made.length; each = dirname(each)) await synchronize(dirname(each));
}

/** A file with all of the text, on the disk, under a name that nobody reads. */
async function writeWhole(directory: string, text: string): Promise<string> {
  const path = join(directory, `${unguessable()}.new`);
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await takeAway(path);
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

/** Without it a loss of power could undo what the directory says, after its caller has gone by it. */
async function synchronize(directory: string): Promise<void> {
  // Windows opens no directories; its file systems write their names ahead.
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Takes away what is older than the newest: it holds keys of tokens that are spent. */
async function sweep(directory: string, newest: number): Promise<void> {
  const { mtimeMs } = await lstat(directory);
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const isOlder = /^[1-9]\d{0,14}$/.test(name) && Number(name) < newest;
    const isAbandoned = async () => mtimeMs - ((await unlessGone(lstat(path)))?.mtimeMs ?? mtimeMs) > ABANDONED_MS;
    if (isOlder || (HALF_WRITTEN.test(name) && (await isAbandoned()))) await takeAway(path);
  }
}

/** What stays there, as on a full disk that needs space for this too, nobody reads; the next replacement tries again. */
async function takeAway(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** The platform's errors, as one of ours that says where and what. */
async function naming<T>(directory: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    const code = codeOf(cause);
    throw new StorageError("failed", `${directory} ${WHY[code] ?? `cannot keep the session (${code})`}.`, { cause });
  }
}

const NO_LINKS = "is on a file system without hard links: keep the session on another";
const WHY: Readonly<Record<string, string>> = {
  ENOSPC: "is on a full disk: what was there before is still there",
  EDQUOT: "is over its quota: what was there before is still there",
  ENOTDIR: "has to be a directory of its own, and is below a file or is one",
  EACCES: "may not be read and written by this user",
  EROFS: "is on a disk that is only for reading",
  EPERM: NO_LINKS,
  ENOTSUP: NO_LINKS,
  EOPNOTSUPP: NO_LINKS,
};

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? "unknown error";
}
