import type { Finding } from "./finding.ts";
import { ok, problem, warning } from "./finding.ts";

/** A file or a folder as the file system has it. */
export interface FileFact {
  readonly path: string;
  readonly isFolder: boolean;
  /** The permission bits. */
  readonly mode: number;
  readonly owner: number;
}

export interface DiskFact {
  readonly freeBytes: number;
  /** Linux's number for the kind of file system; `null` elsewhere. */
  readonly kind: number | null;
}

/**
 * Nobody but the server's user may read the ledger, or the secret that we made (ASVS V13.3.2). What others may only look
 * into keeps their hands off the files.
 *
 * @param user who asks; `null` where the system has no such number
 */
export function checkModes(files: readonly FileFact[], user: number | null): Finding {
  const open = files.filter(({ mode, isFolder }) => (mode & (isFolder ? 0o022 : 0o077)) !== 0);
  if (open.length > 0) {
    const names = open.map(({ path, mode }) => `${path} (${(mode & 0o777).toString(8)})`).join(", ");
    return problem("file_modes", `Others may use ${names}.`, "chmod 700 the directory, and 600 the files in it.");
  }
  const owners = new Set(files.map(({ owner }) => owner));
  if (owners.size > 1) {
    const names = files.map(({ path, owner }) => `${path} (${owner})`).join(", ");
    return problem("file_modes", `The files have different owners: ${names}.`, "chown them to the server's user.");
  }
  const [owner] = owners;
  if (owner !== undefined && user !== null && user !== 0 && owner !== user) {
    return problem(
      "file_modes",
      `The files are user ${owner}'s, and this is user ${user}.`,
      "Run the server, and this command, as their owner.",
    );
  }
  const visible = files.find(({ mode }) => (mode & 0o077) !== 0);
  if (visible !== undefined) {
    return warning(
      "file_modes",
      `Others may look into ${visible.path}; the files in it are their owner's alone.`,
      "chmod 700 it, or give the ledger a directory of its own.",
    );
  }
  return ok("file_modes", "The files are their owner's alone.");
}

/** Who has both holds the signing keys: they belong in different backups (design: "Secrets"). */
export function checkSecretApart(ledgerFolder: string, secretFile: string | null): Finding {
  if (secretFile === null) return ok("secret_apart", "The secret is in no file beside the ledger.");
  if (!secretFile.startsWith(ledgerFolder))
    return ok("secret_apart", "The secret is in another folder than the ledger.");
  return warning(
    "secret_apart",
    `The secret (${secretFile}) is in the ledger's folder: a copy of the folder can mint tokens.`,
    "Back up the ledger by `counterfoil backup`, the secret elsewhere; or give the secret by COUNTERFOIL_SECRET_FILE.",
  );
}

const MEBIBYTE = 1024 * 1024;
const LITTLE_BYTES = 512 * MEBIBYTE;
const NOTHING_BYTES = 32 * MEBIBYTE;

export function checkDisk({ freeBytes }: DiskFact, ledgerBytes: number): Finding {
  const free = `${Math.floor(freeBytes / MEBIBYTE)} MiB are free on the ledger's disk`;
  const remedy = "Make room: on a full disk nobody can sign in or refresh.";
  if (freeBytes < NOTHING_BYTES) return problem("disk_space", `${free}.`, remedy);
  if (freeBytes < Math.max(LITTLE_BYTES, 2 * ledgerBytes)) return warning("disk_space", `${free}.`, remedy);
  return ok("disk_space", `${free}.`);
}

/** statfs(2). Their locks are not to be relied on, and WAL mode needs memory that is shared (sqlite.org/wal.html). */
const NETWORK_KINDS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
]);

export function checkFileSystem({ kind }: DiskFact): Finding {
  const name = kind === null ? undefined : NETWORK_KINDS.get(kind);
  if (name === undefined) return ok("file_system", "The ledger is on no network file system that is known as one.");
  return problem(
    "file_system",
    `The ledger is on a network file system (${name}), whose locks cannot be relied on.`,
    "Put the data directory on a local disk.",
  );
}

const LARGE_WAL_BYTES = 64 * MEBIBYTE;

export function checkWal(walBytes: number): Finding {
  const size = `The write-ahead log has ${Math.ceil(walBytes / MEBIBYTE)} MiB`;
  if (walBytes <= LARGE_WAL_BYTES) return ok("wal_size", `${size}.`);
  return warning(
    "wal_size",
    `${size}: some process keeps it from being moved into the file.`,
    "End whatever has the file open for long, such as a shell of sqlite3.",
  );
}
